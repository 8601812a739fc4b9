import { placeOf } from '../../json-schema';
import type { JsonObject, JsonValue } from '../model';
import { safeName, takeName, toJsonObject } from '../wire';
import { asItsDraftReads, mapValues } from './check-arguments';
import { checkKeyword, isLoss, modernise } from './old-keywords';

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
  #spend: () => void;
  readonly #names = new Map<string, string>();
  readonly #taken = new Set<string>();
  readonly #waiting: Array<[name: string, target: JsonValue]> = [];
  /** Goes up where something is lost: a schema during which it did asks for less than before. */
  #losses = 0;
  /** The definitions that the one which is being cleaned refers to. */
  #used = new Set<string>();
  /** The definitions that are known to ask for less than before. */
  readonly #loose = new Set<string>();

  constructor(root: JsonObject, spend: () => void) {
    this.#root = asItsDraftReads(root);
    this.#spend = spend;
  }

  clean(): CleanSchema {
    const first = this.#pass();
    if (this.#loose.size === 0) return first;
    // Whatever refers to what lost something may have to go, too. All was looked at once, so that nothing new is.
    this.#spend = () => undefined;
    return this.#pass();
  }

  #pass(): CleanSchema {
    const schema = toJsonObject(this.#schema(this.#root, 0)) ?? {};
    const definitions = new Map<string, JsonValue>();
    const users = new Map<string, string[]>();
    // Those that are cleaned may refer to further ones.
    for (const [name, target] of this.#waiting) {
      const before = this.#losses;
      this.#used = new Set();
      definitions.set(name, this.#schema(target, 0));
      if (this.#losses > before) this.#loose.add(name);
      for (const used of this.#used) users.set(used, [...(users.get(used) ?? []), name]);
    }
    // A set gives what is added while it is read.
    for (const name of this.#loose) for (const user of users.get(name) ?? []) this.#loose.add(user);
    return { schema, definitions };
  }

  #schema(given: JsonValue, depth: number): JsonValue {
    this.#spend();
    if (typeof given === 'boolean') return given;
    const schema = toJsonObject(given);
    if (schema === undefined || depth > deepest) {
      this.#losses += 1;
      return {};
    }
    const before = this.#losses;
    const lost = new Set<string>();
    const modern = modernise(schema);
    const entries = Object.entries(modern).flatMap(([keyword, value]) => {
      const soFar = this.#losses;
      const kept = this.#keyword(keyword, value, depth);
      if (isLoss(keyword, value, kept)) this.#losses += 1;
      if (this.#losses > soFar) lost.add(keyword);
      return kept === undefined ? [] : [[keyword, kept] as const];
    });
    return this.#losses > before ? loosened(Object.fromEntries(entries), lost) : Object.fromEntries(entries);
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
    if (pointer === '#' || pointer === '') {
      // The whole is merged afterwards, and may ask for less then.
      this.#losses += 1;
      return '#';
    }
    const known = this.#names.get(pointer);
    if (known !== undefined) return this.#use(known);
    const target = targetOf(pointer, this.#root, this.#spend);
    if (toJsonObject(target) === undefined && typeof target !== 'boolean') return undefined;
    const name = takeName(safeName(pointer.split('/').at(-1), 'schema'), this.#taken);
    this.#names.set(pointer, name);
    this.#waiting.push([name, target ?? {}]);
    return this.#use(name);
  }

  #use(name: string): string {
    this.#used.add(name);
    if (this.#loose.has(name)) this.#losses += 1;
    return `#/$defs/${name}`;
  }
}

/**
 * Drops from a schema that lost something what would ask for more by that: `not` forbids more, `if` holds more often, two of `oneOf` fit
 * at once, and what nothing has looked at any more is forbidden.
 *
 * @param lost The keywords that are gone or ask for less.
 */
function loosened({ ...schema }: JsonObject, lost: ReadonlySet<string>): JsonObject {
  delete schema.unevaluatedProperties;
  delete schema.unevaluatedItems;
  if (lost.has('not')) delete schema.not;
  if (lost.has('if')) for (const keyword of ['if', 'then', 'else']) delete schema[keyword];
  if (lost.has('contains')) delete schema.maxContains;
  if (lost.has('properties') && schema.properties === undefined) delete schema.additionalProperties;
  if (lost.has('prefixItems') && schema.prefixItems === undefined) delete schema.items;
  if (!lost.has('oneOf') || schema.oneOf === undefined) return schema;
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
