import { toJsonObject } from './json';
import type { JsonObject, JsonValue } from './model';
import { safeName, takeName } from './safe-name';
import { checkKeyword, modernise } from './schema-keywords';
import { mapValues, placeOf } from './schema-walk';

/** A schema of draft 2020-12 whose references all lead to a member of `definitions`, or to the whole. */
export interface CleanSchema {
  schema: JsonObject;
  definitions: Map<string, JsonValue>;
}

/** Levels of schemas within schemas; what is deeper may be anything. */
const deepest = 40;

/**
 * Makes a schema valid in draft 2020-12, whatever it is: older drafts are translated, and each keyword or schema that remains
 * wrong goes by itself. What goes allows more, never less: `not`, `if` and `oneOf` that lose something go or become `anyOf`.
 *
 * @param spend Called for each schema that is looked at; throws when there are too many.
 */
export function cleanSchema(root: JsonObject, spend: () => void): CleanSchema {
  return new Cleaner(root, spend).clean();
}

class Cleaner {
  readonly #root: JsonObject;
  readonly #spend: () => void;
  readonly #names = new Map<string, string>();
  readonly #taken = new Set<string>();
  readonly #waiting: Array<[name: string, target: JsonValue]> = [];

  constructor(root: JsonObject, spend: () => void) {
    this.#root = root;
    this.#spend = spend;
  }

  clean(): CleanSchema {
    const schema = toJsonObject(this.#schema(this.#root, 0)) ?? {};
    const definitions = new Map<string, JsonValue>();
    // Those that are cleaned may refer to further ones.
    for (const [name, target] of this.#waiting) definitions.set(name, this.#schema(target, 0));
    return { schema, definitions };
  }

  #schema(given: JsonValue, depth: number): JsonValue {
    this.#spend();
    if (typeof given === 'boolean') return given;
    const schema = toJsonObject(given);
    if (schema === undefined || depth > deepest) return {};
    const entries = Object.entries(modernise(schema)).flatMap(([keyword, value]) => {
      const kept = this.#keyword(keyword, value, depth);
      return kept === undefined ? [] : [[keyword, kept] as const];
    });
    return loosened(schema, Object.fromEntries(entries));
  }

  #keyword(keyword: string, value: JsonValue, depth: number): JsonValue | undefined {
    const change = (sub: JsonValue) => this.#schema(sub, depth + 1);
    const kept = checkKeyword(keyword, value);
    const place = placeOf(keyword);
    if (kept === undefined || place === undefined)
      return keyword === '$ref' && kept !== undefined ? this.#reference(String(kept)) : kept;
    if (place === 'list') return Array.isArray(kept) && kept.length > 0 ? kept.map(change) : undefined;
    const object = toJsonObject(kept);
    if (place === 'map') return object && mapValues(object, change);
    return object || typeof kept === 'boolean' ? change(kept) : undefined;
  }

  /** Gives what a reference leads to a name in `$defs`, or drops one that leads nowhere. */
  #reference(reference: string): string | undefined {
    const id = this.#root.$id ?? this.#root.id;
    const isOfRoot = typeof id === 'string' && id !== '' && reference.startsWith(id);
    const pointer = isOfRoot ? reference.slice(id.length) : reference;
    if (pointer === '#' || pointer === '') return '#';
    const known = this.#names.get(pointer);
    if (known !== undefined) return `#/$defs/${known}`;
    const target = targetOf(pointer, this.#root, this.#spend);
    if (toJsonObject(target) === undefined && typeof target !== 'boolean') return undefined;
    const name = takeName(safeName(pointer.split('/').at(-1), 'schema'), this.#taken);
    this.#names.set(pointer, name);
    this.#waiting.push([name, target ?? {}]);
    return `#/$defs/${name}`;
  }
}

/** Where less is asked, `not` forbids more, `if` holds more often, and two of `oneOf` fit at once. */
function loosened(given: JsonObject, { ...schema }: JsonObject): JsonObject {
  const isSame = (keyword: string) => JSON.stringify(schema[keyword]) === JSON.stringify(given[keyword]);
  if (!isSame('not')) delete schema.not;
  if (!isSame('if')) for (const keyword of ['if', 'then', 'else']) delete schema[keyword];
  if (!isSame('contains')) delete schema.maxContains;
  if (isSame('oneOf') || schema.oneOf === undefined) return schema;
  const { oneOf, ...rest } = schema;
  return rest.anyOf === undefined ? { ...rest, anyOf: oneOf } : rest;
}

function targetOf(pointer: string, root: JsonObject, spend: () => void): JsonValue | undefined {
  const anchor = /^#([A-Za-z_][\w.-]*)$/.exec(pointer)?.[1];
  if (anchor !== undefined) return anchored(root, anchor, spend);
  if (!pointer.startsWith('#/')) return undefined;
  let target: JsonValue | undefined = root;
  for (const step of pointer.slice(2).split('/')) {
    const name = decoded(step).replaceAll('~1', '/').replaceAll('~0', '~');
    target = typeof target === 'object' && target !== null ? own(target, name) : undefined;
  }
  return target;
}

function own(value: JsonObject | JsonValue[], name: string): JsonValue | undefined {
  return Object.hasOwn(value, name) ? (value as JsonObject)[name] : undefined;
}

function anchored(value: JsonValue, anchor: string, spend: () => void): JsonValue | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  spend();
  if ([own(value, '$anchor'), own(value, '$dynamicAnchor')].includes(anchor)) return value;
  for (const item of Object.values(value)) {
    const found = anchored(item, anchor, spend);
    if (found !== undefined) return found;
  }
  return undefined;
}

function decoded(step: string): string {
  try {
    return decodeURIComponent(step);
  } catch {
    return step;
  }
}
