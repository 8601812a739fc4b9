import { isSchema, mapSubschemas } from '../../json-schema';
import type { JsonObject, JsonValue } from '../model';
import { parseJsonObject, stringifyJson, toJsonObject } from '../wire';
import { asItsDraftReads } from './check-arguments';

/** A tool's input schema as every model family accepts it. */
export interface ModelSchema {
  schema: JsonObject;
  /** The rules that the schema itself cannot hold, as text for the tool's description. */
  rules: string | undefined;
}

/** Characters of a schema's text, and of what its references add. */
const maxSchemaLength = 200_000;
/** Levels of schemas within schemas; what is deeper may be anything. */
const maxDepth = 40;
/** Characters of the rules that one schema gives as text. */
const maxRulesLength = 2_000;

/**
 * Turns any input schema into one that every model on Bedrock accepts: a model refuses the whole request for one schema it does not.
 *
 * The top has a type, properties and required names only. Local references are inlined; where one leads back to itself, anything is
 * allowed. Keywords that some model families refuse move into descriptions, as JSON. So the result allows more than the server's
 * schema, never less: arguments are checked against the server's own.
 */
export function modelSchemaOf(given: unknown): ModelSchema {
  try {
    const text = stringifyJson(given) ?? '';
    const root = text.length > maxSchemaLength ? undefined : parseJsonObject(text);
    return root === undefined || text === '' ? undescribed() : describe(root);
  } catch {
    // References that nest deeper than the stack.
    return undescribed();
  }
}

function undescribed(): ModelSchema {
  return {
    schema: { type: 'object', properties: {} },
    rules: 'The arguments of this tool are not described.',
  };
}

function describe(root: JsonObject): ModelSchema {
  const simple = simplify(inlineReferences(asItsDraftReads(root)), 0);
  const { properties, required } = mergeBranches(simple);
  const rules = [simple.description, simple.anyOf && rulesText({ anyOf: simple.anyOf })];
  return {
    schema: { type: 'object', properties, ...(required.length > 0 && { required }) },
    rules: rules.filter(Boolean).join(' ') || undefined,
  };
}

/** Replaces each local reference by its target. One that leads nowhere, or back to itself, allows anything. */
function inlineReferences(root: JsonObject): JsonValue {
  let left = maxSchemaLength;
  const inline = (given: unknown, path: readonly string[]): unknown => {
    if (!isSchema(given)) return given;
    const { $ref, $defs: _, definitions: __, ...rest } = given;
    const schema = mapSubschemas(rest, (sub) => inline(sub, path));
    if (typeof $ref !== 'string') return schema;
    const target = targetOf($ref, root);
    left -= stringifyJson(target)?.length ?? 0;
    if (target === undefined || left < 0) return schema;
    if (path.includes($ref))
      return toJsonObject(target)?.type === 'object' ? { type: 'object', ...schema } : schema;
    const inlined = inline(target, [...path, $ref]);
    if (Object.keys(schema).length === 0) return inlined;
    return { ...schema, allOf: [schema.allOf ?? [], inlined].flat() };
  };
  return inline(root, []) as JsonValue;
}

/** Follows a JSON Pointer within the schema, also after the schema's own id. */
function targetOf(reference: string, root: JsonObject): JsonValue | undefined {
  const id = typeof root.$id === 'string' ? root.$id : '';
  const pointer = reference.startsWith(id) ? reference.slice(id.length) : reference;
  if (!pointer.startsWith('#/')) return undefined;
  let target: JsonValue | undefined = root;
  for (const step of pointer.slice(2).split('/')) {
    const name = decoded(step).replaceAll('~1', '/').replaceAll('~0', '~');
    if (typeof target !== 'object' || target === null || !Object.hasOwn(target, name)) return undefined;
    target = (target as JsonObject)[name];
  }
  return target;
}

function decoded(step: string): string {
  try {
    return decodeURIComponent(step);
  } catch {
    return step;
  }
}

type Check = (value: JsonValue) => boolean;

const isText: Check = (value) => typeof value === 'string';
const isNumber: Check = (value) => typeof value === 'number';
const isCount: Check = (value) => Number.isInteger(value) && Number(value) >= 0;

/** The keywords that every model family takes, beside those that hold schemas. A value that is wrong goes. */
const accepted = new Map<string, Check>([
  ...['title', 'description', 'format'].map((keyword) => [keyword, isText] as const),
  ...['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum'].map(
    (keyword) => [keyword, isNumber] as const,
  ),
  ...['minLength', 'maxLength', 'minItems', 'maxItems'].map((keyword) => [keyword, isCount] as const),
  ['default', () => true],
  ['enum', (value) => Array.isArray(value) && value.length > 0],
  [
    'type',
    (value) =>
      [value].flat().length > 0 && isUnique(value) && [value].flat().every((type) => types.has(type)),
  ],
]);

const types = new Set<unknown>(['array', 'boolean', 'integer', 'null', 'number', 'object', 'string']);

function isUnique(value: JsonValue): boolean {
  return !Array.isArray(value) || new Set(value).size === value.length;
}

/** The keywords that restrict values and that some model families refuse. */
const otherRules = new Set([
  ...[
    'not',
    'if',
    'then',
    'else',
    'pattern',
    'patternProperties',
    'propertyNames',
    'prefixItems',
    'contains',
  ],
  ...[
    'additionalItems',
    'minContains',
    'maxContains',
    'dependencies',
    'dependentRequired',
    'dependentSchemas',
  ],
  ...['minProperties', 'maxProperties', 'multipleOf', 'uniqueItems', 'contentEncoding', 'contentMediaType'],
  ...['unevaluatedProperties', 'unevaluatedItems'],
]);

/** What Claude accepts as the name of a property. */
const propertyName = /^[a-zA-Z0-9_.-]{1,64}$/;

/** Code between here and Bedrock may lose a property called like the prototype. */
function isSafeProperty(name: string): boolean {
  return propertyName.test(name) && name !== '__proto__';
}

/** A schema of accepted keywords only. */
interface SimpleSchema extends JsonObjectLike {
  description?: string;
  properties?: JsonObject;
  required?: string[];
  anyOf?: SimpleSchema[];
}

interface JsonObjectLike {
  [keyword: string]: JsonValue | SimpleSchema | SimpleSchema[] | undefined;
}

/** Keeps the accepted keywords of a schema without references, and describes the others. */
function simplify(given: JsonValue, depth: number): SimpleSchema {
  if (given === false) return { description: 'No value is allowed here.' };
  const schema = toJsonObject(given);
  if (schema === undefined || depth > maxDepth) return {};
  const entries = Object.entries(schema);
  const rules = Object.fromEntries(entries.filter(([keyword]) => otherRules.has(keyword)));
  const simple: SimpleSchema = Object.fromEntries(
    entries.filter(([keyword, value]) => accepted.get(keyword)?.(value)),
  );
  if (schema.const !== undefined) simple.enum ??= [schema.const];
  addProperties(simple, schema, rules, depth);
  const { items, anyOf, oneOf, allOf } = schema;
  if (items !== undefined && (Array.isArray(items) || schema.prefixItems !== undefined)) rules.items = items;
  else if (items !== undefined) simple.items = simplify(items, depth + 1) as JsonObject;
  for (const [keyword, branches] of Object.entries({ anyOf, oneOf })) {
    if (!Array.isArray(branches) || branches.length === 0) continue;
    if (simple.anyOf) rules[keyword] = branches;
    else simple.anyOf = branches.map((branch) => simplify(branch, depth + 1));
  }
  const described = withRules(simple, rules);
  const parts = Array.isArray(allOf) ? allOf.map((part) => simplify(part, depth + 1)) : [];
  return parts.reduce(both, described);
}

/** Adds properties with safe names. The others become rules, and the object is open for them. */
function addProperties(simple: SimpleSchema, schema: JsonObject, rules: JsonObject, depth: number): void {
  const properties = toJsonObject(schema.properties);
  const [safe, unsafe] = partition(Object.entries(properties ?? {}), ([name]) => isSafeProperty(name));
  const simplified = safe.map(([name, sub]) => [name, simplify(sub, depth + 1) as JsonObject]);
  if (properties) simple.properties = Object.fromEntries(simplified);
  if (unsafe.length > 0) rules.properties = Object.fromEntries(unsafe);
  const names = Array.isArray(schema.required)
    ? schema.required.filter((name) => typeof name === 'string')
    : [];
  const [required, otherRequired] = partition([...new Set(names)], isSafeProperty);
  if (required.length > 0) simple.required = required;
  if (otherRequired.length > 0) rules.required = otherRequired;
  const { additionalProperties: others, patternProperties } = schema;
  const areAllKnown =
    patternProperties === undefined && unsafe.length === 0 && (properties || schema.properties === undefined);
  if (others === undefined || !areAllKnown) return;
  simple.additionalProperties =
    typeof others === 'boolean' ? others : (simplify(others, depth + 1) as JsonObject);
}

function partition<T>(items: readonly T[], isFirst: (item: T) => boolean): [T[], T[]] {
  return [items.filter(isFirst), items.filter((item) => !isFirst(item))];
}

function withRules(simple: SimpleSchema, rules: JsonObject): SimpleSchema {
  if (Object.keys(rules).length === 0) return simple;
  return { ...simple, description: joined(simple.description, rulesText(rules)) };
}

function rulesText(rules: object): string {
  const json = stringifyJson(rules) ?? '';
  return json.length <= maxRulesLength
    ? `Must also match this JSON Schema: ${json}`
    : `Must also match further rules, which are too long to show: ${Object.keys(rules).join(', ')}.`;
}

/** Joins two schemas that both apply. Of a keyword that both have one stays: the result may allow more. */
function both(a: SimpleSchema, b: SimpleSchema): SimpleSchema {
  const description = joined(
    a.description,
    b.description,
    a.anyOf && b.anyOf && rulesText({ anyOf: b.anyOf }),
  );
  const required = [...new Set([...(a.required ?? []), ...(b.required ?? [])])];
  return {
    ...b,
    ...a,
    ...(description !== '' && { description }),
    ...((a.properties || b.properties) && {
      properties: { ...a.properties, ...b.properties, ...a.properties },
    }),
    ...(required.length > 0 && { required }),
  };
}

function joined(...texts: Array<string | undefined>): string {
  return [...new Set(texts.filter(Boolean))].join(' ');
}

interface MergedProperties {
  properties: JsonObject;
  required: string[];
}

/** Merges the branches of a union, which models refuse at the top: all their properties, and what all of them require. */
function mergeBranches({ properties = {}, required = [], anyOf = [] }: SimpleSchema): MergedProperties {
  const branches = anyOf.map(mergeBranches);
  const names = new Set(branches.flatMap((branch) => Object.keys(branch.properties)));
  const merged = [...names].map((name) => [name, variantsOf(branches, name)]);
  const [first, ...others] = branches;
  const common = (first?.required ?? []).filter((name) =>
    others.every((other) => other.required.includes(name)),
  );
  return {
    properties: { ...properties, ...Object.fromEntries(merged), ...properties } as JsonObject,
    required: [...new Set([...required, ...common])],
  };
}

function variantsOf(branches: readonly MergedProperties[], name: string): JsonValue {
  const all = branches.flatMap(({ properties }) =>
    Object.hasOwn(properties, name) ? [properties[name] ?? null] : [],
  );
  const different = [...new Map(all.map((schema) => [JSON.stringify(schema), schema])).values()];
  return different.length > 1 ? { anyOf: different } : (different[0] ?? {});
}
