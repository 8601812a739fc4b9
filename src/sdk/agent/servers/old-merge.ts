import type { JsonObject, JsonValue } from '../model';
import { toJsonObject } from '../wire';
import type { CleanSchema } from './old-repair';

/**
 * Merges `oneOf`, `anyOf`, `allOf` and a reference at the top of a schema, which models refuse there, into its properties.
 *
 * Every property of every branch is offered, and one that branches of a `oneOf` or `anyOf` define differently may be any of
 * those; required is what the schema itself requires, what all branches of an `allOf` require, and what each branch of a
 * `oneOf` or `anyOf` requires.
 *
 * @param spend Called for each branch with the number of its properties; throws when there are too many.
 */
export function mergeBranches(
  { schema, definitions }: CleanSchema,
  spend: (count: number) => void,
): JsonObject {
  const {
    oneOf: _,
    anyOf: __,
    allOf: ___,
    $ref: ____,
    properties: _____,
    required: ______,
    ...rest
  } = schema;
  const { properties, required, looksFurther } = partOf(schema, { definitions, spend, known: new Map() });
  // What the branches had looked at, and nobody does any more, would be forbidden.
  if (looksFurther) delete rest.unevaluatedProperties;
  return {
    ...rest,
    type: 'object',
    properties: Object.fromEntries(properties),
    ...(required.length > 0 && { required: [...required] }),
  };
}

interface Part {
  properties: ReadonlyMap<string, JsonValue>;
  required: readonly string[];
  /** Whether a branch looks at more than the properties that it names. */
  looksFurther: boolean;
}

interface Context {
  definitions: ReadonlyMap<string, JsonValue>;
  spend: (count: number) => void;
  /** What references lead to; nothing for those that are still being followed. */
  known: Map<string, Part>;
}

function partOf(given: JsonValue, context: Context): Part {
  const schema = toJsonObject(given) ?? {};
  const { allOf, oneOf, anyOf, $ref } = schema;
  const own: Part = {
    properties: new Map(Object.entries(toJsonObject(schema.properties) ?? {})),
    required: namesIn(schema.required),
    looksFurther: false,
  };
  const parts = [own, ...partsOf(allOf, context), eitherOf(oneOf, context), eitherOf(anyOf, context)];
  if (typeof $ref === 'string' && $ref !== '#') parts.push(referredTo($ref, context));
  context.spend(1 + parts.reduce((sum, part) => sum + part.properties.size, 0));
  const properties = new Map(parts.flatMap((part) => [...part.properties]).reverse());
  return {
    // The first that defines a property has it.
    properties: new Map([...properties].reverse()),
    required: [...new Set(parts.flatMap((part) => part.required))],
    looksFurther: parts.some((part) => part.looksFurther),
  };
}

const nothing: Part = { properties: new Map(), required: [], looksFurther: false };

function referredTo(reference: string, context: Context): Part {
  const known = context.known.get(reference);
  if (known) return known;
  context.known.set(reference, nothing);
  const part = branchOf(context.definitions.get(reference.replace('#/$defs/', '')) ?? {}, context);
  context.known.set(reference, part);
  return part;
}

function eitherOf(branches: JsonValue | undefined, context: Context): Part {
  const parts = partsOf(branches, context);
  const [first, ...others] = parts;
  const names = new Set(parts.flatMap(({ properties }) => [...properties.keys()]));
  return {
    properties: new Map([...names].map((name) => [name, anyOfThese(parts, name)])),
    required: (first?.required ?? []).filter((name) => others.every((part) => part.required.includes(name))),
    looksFurther: parts.some((part) => part.looksFurther),
  };
}

function anyOfThese(parts: readonly Part[], name: string): JsonValue {
  const all = parts.flatMap(
    ({ properties }) => properties.get(name) ?? (properties.has(name) ? [false] : []),
  );
  const different = [...new Map(all.map((schema) => [JSON.stringify(schema), schema])).values()];
  return different.length > 1 ? { anyOf: different } : (different[0] ?? true);
}

function partsOf(branches: JsonValue | undefined, context: Context): Part[] {
  return Array.isArray(branches) ? branches.map((branch) => branchOf(branch, context)) : [];
}

const further = ['additionalProperties', 'unevaluatedProperties', 'if', 'dependentSchemas'];

function branchOf(branch: JsonValue, context: Context): Part {
  const part = partOf(branch, context);
  const looksFurther = further.some((keyword) => Object.hasOwn(toJsonObject(branch) ?? {}, keyword));
  return looksFurther ? { ...part, looksFurther } : part;
}

function namesIn(required: JsonValue | undefined): string[] {
  return Array.isArray(required) ? required.filter((name) => typeof name === 'string') : [];
}
