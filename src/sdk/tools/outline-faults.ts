import { isSchema, type Schema } from '../json-schema';

/** Most faults that are reported: a caller needs no more, and what was sent may have any number. */
export const mostReasons = 10;

/**
 * Says what is wrong with the outline of a value, at every depth, ten faults at most: names that the schema does not know, those
 * that it requires and that are missing, lists and texts that are far too long to be looked into, and integers that JSON.parse may
 * have rounded. Of the values themselves it reads only what distinguishes the members of a union.
 *
 * Schemas that `allOf` joins are read as one: a name has to be known to one of them.
 *
 * @param isClosed Whether an object takes no unknown properties when its schema does not say. A library would drop them, and the
 *   caller would take them for heeded.
 */
export function outlineFaults(root: Schema, value: unknown, isClosed: boolean): readonly string[] {
  if (!isSchema(value)) return ['The arguments must be an object.'];
  const faults = new Set<string>();
  look({ root, isClosed, faults, seen: new Map() }, [root], value, []);
  return [...faults].slice(0, mostReasons);
}

interface Search {
  readonly root: Schema;
  readonly isClosed: boolean;
  readonly faults: Set<string>;
  /** What was found wrong in values: unions inside unions would have one looked at again and again. */
  readonly seen: Map<object, Map<unknown, ReadonlySet<string>>>;
}

/** Checks a value that has to fit all of some schemas. */
function look(search: Search, schemas: readonly unknown[], value: unknown, path: readonly string[]): void {
  const { root, faults, seen } = search;
  if (faults.size >= mostReasons) return;
  const [schema] = schemas;
  if (schemas.length > 1 || !isSchema(schema) || typeof value !== 'object' || value === null) {
    const parts = schemas.flatMap((each) => partsOf(root, each));
    lookInto(search, parts, value, path);
    return;
  }
  const bySchema = seen.get(value) ?? new Map<unknown, ReadonlySet<string>>();
  seen.set(value, bySchema);
  let found = bySchema.get(schema);
  if (found === undefined) {
    const own = new Set<string>();
    lookInto({ ...search, faults: own }, partsOf(root, schema), value, path);
    bySchema.set(schema, own);
    found = own;
  }
  for (const fault of found) faults.add(fault);
}

function lookInto(search: Search, parts: readonly Schema[], value: unknown, path: readonly string[]): void {
  if (parts.some((part) => isFarTooLong(part, value))) {
    search.faults.add(`The argument ${pathOf(path)} is far too long.`);
    return;
  }
  if (typeof value === 'number') lookAtNumber(search, parts, value, path);
  if (typeof value !== 'object' || value === null) return;
  const union = parts.find(({ anyOf, oneOf }) => Array.isArray(anyOf) || Array.isArray(oneOf));
  if (union) lookAtUnion(search, union, parts, value, path);
  else if (!Array.isArray(value)) lookAtObject(search, parts, value as Schema, path);
  else {
    for (const [i, each] of value.entries()) {
      const items = parts.map((part) => listOf(part.prefixItems)[i] ?? part.items);
      // Whether there may be so many is a question of values.
      const schemas = items.filter((item) => item !== false);
      if (schemas.length > 0) look(search, thatSay(schemas), each, [...path, String(i)]);
    }
  }
}

function lookAtNumber(
  search: Search,
  parts: readonly Schema[],
  value: number,
  path: readonly string[],
): void {
  if (!Number.isInteger(value) || Number.isSafeInteger(value)) return;
  const types = new Set(parts.flatMap((part) => [...typesOf(search.root, part)]));
  if (!types.has('integer') || types.has('number')) return;
  search.faults.add(
    `The argument ${pathOf(path)} is a whole number beyond ±${Number.MAX_SAFE_INTEGER}, which may have been rounded on its way` +
      `${types.has('string') ? ': send it as text' : ''}.`,
  );
}

/** The types that a schema names, in its unions too. */
function typesOf(root: Schema, schema: unknown, depth = 0): ReadonlySet<unknown> {
  if (!isSchema(schema) || depth > 10) return new Set();
  const others = partsOf(root, schema).flatMap(({ anyOf, oneOf }) => [...listOf(anyOf), ...listOf(oneOf)]);
  const types = partsOf(root, schema).flatMap(({ type }) => [type].flat());
  return new Set([...types, ...others.flatMap((each) => [...typesOf(root, each, depth + 1)])]);
}

/** A schema without what it refers to and is joined with, and those, each without the like. */
function partsOf(root: Schema, schema: unknown): readonly Schema[] {
  if (!isSchema(schema)) return [{}];
  const { $ref, allOf, ...own } = schema;
  const others = $ref === undefined ? listOf(allOf) : [lookedUp(root, $ref), ...listOf(allOf)];
  if (others.length === 0) return [schema];
  return [leftTo(own), ...others.flatMap((other) => partsOf(root, other))];
}

/** A schema beside others leaves to them what it says nothing of: it takes no property and no item itself. */
function leftTo(schema: Schema): Schema {
  const says = (...keywords: string[]) => keywords.some((keyword) => keyword in schema);
  return {
    ...schema,
    ...(!says('properties', 'patternProperties', 'additionalProperties') && { additionalProperties: false }),
    ...(!says('items', 'prefixItems') && { items: false }),
  };
}

/**
 * Libraries may look at each item, and run each pattern, before they look at the length. What trims or folds may take more
 * than its schema says, so that only what is far longer is refused before the library decides.
 */
function isFarTooLong({ maxItems, maxLength }: Schema, value: unknown): boolean {
  const most = Array.isArray(value) ? maxItems : typeof value === 'string' ? maxLength : undefined;
  return typeof most === 'number' && (value as string | unknown[]).length > 10 * most + 1_000;
}

function lookAtObject(
  search: Search,
  parts: readonly Schema[],
  value: Schema,
  path: readonly string[],
): void {
  const { faults } = search;
  const readers = parts.map((part) => propertyReader(part, search.isClosed));
  for (const name of Object.keys(value)) {
    if (faults.size >= mostReasons) return;
    const schemas = readers.flatMap((schemasOf) => schemasOf(name));
    if (schemas.length > 0) look(search, thatSay(schemas), value[name], [...path, name]);
    else faults.add(unknown([...path, name]));
  }
  for (const name of parts.flatMap(({ required }) => listOf(required))) {
    if (faults.size >= mostReasons) return;
    if (typeof name === 'string' && (!Object.hasOwn(value, name) || value[name] === undefined))
      faults.add(`The argument ${pathOf([...path, name])} is missing.`);
  }
}

/** Leaves out schemas that take anything, but for one: what was found in a value is kept where one schema says something of it. */
function thatSay(schemas: readonly unknown[]): readonly unknown[] {
  const saying = schemas.filter(isSchema);
  return saying.length > 0 ? saying : schemas.slice(0, 1);
}

/** Returns what finds the schemas that one schema has for a property; none when it does not know it. */
function propertyReader(schema: Schema, isClosed: boolean): (name: string) => readonly unknown[] {
  const { properties, patternProperties, additionalProperties } = schema;
  const named = isSchema(properties) ? properties : {};
  const patterns = Object.entries(isSchema(patternProperties) ? patternProperties : {}).map(
    ([pattern, sub]) => [new RegExp(pattern, 'u'), sub] as const,
  );
  const takesNoOther =
    additionalProperties === false ||
    (additionalProperties === undefined && isClosed && isSchema(properties));
  return (name) => {
    const found = patterns.flatMap(([pattern, sub]) => (pattern.test(name) ? [sub] : []));
    if (Object.hasOwn(named, name)) found.push(named[name]);
    return found.length > 0 || takesNoOther ? found : [additionalProperties];
  };
}

/** Of a union one member has to know the names: of those that the value may be of, the one with the fewest faults. */
function lookAtUnion(
  search: Search,
  union: Schema,
  parts: readonly Schema[],
  value: object,
  path: readonly string[],
): void {
  const { anyOf, ...rest } = union;
  const { oneOf, ...bare } = union;
  const [members, own] = Array.isArray(anyOf) ? [anyOf, rest] : [listOf(oneOf), bare];
  const others = [leftTo(own), ...parts.filter((part) => part !== union)];
  let fewest: Set<string> | undefined;
  for (const member of members) {
    if (!mayBe(search.root, member, value)) continue;
    const faults = new Set<string>();
    look({ ...search, faults }, [...others, member], value, path);
    if (faults.size === 0) return;
    if (fewest === undefined || faults.size < fewest.size) fewest = faults;
  }
  for (const fault of fewest ?? []) search.faults.add(fault);
}

/** Whether a value may be of a member of a union, by its type and its constants. */
function mayBe(root: Schema, member: unknown, value: object): boolean {
  if (!isSchema(member)) return member !== false;
  return partsOf(root, member).every(({ type, properties }) => {
    if (type !== undefined && ![type].flat().includes(Array.isArray(value) ? 'array' : 'object'))
      return false;
    return Object.entries(isSchema(properties) ? properties : {}).every(([name, property]) => {
      if (!isSchema(property) || !Object.hasOwn(value, name)) return true;
      const given = (value as Schema)[name];
      if (property.const !== undefined && property.const !== given) return typeof property.const === 'object';
      return !Array.isArray(property.enum) || property.enum.includes(given);
    });
  });
}

/** What a JSON Pointer within the schema leads to. */
function lookedUp(root: Schema, ref: unknown): unknown {
  if (typeof ref !== 'string' || !/^#(\/|$)/.test(ref)) return undefined;
  let at: unknown = root;
  for (const part of ref.split('/').slice(1)) {
    const name = decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~');
    at = typeof at === 'object' && at !== null && Object.hasOwn(at, name) ? (at as Schema)[name] : undefined;
  }
  return at;
}

function unknown(path: readonly string[]): string {
  return isPlain(path.at(-1) ?? '')
    ? `There is no argument "${pathOf(path)}".`
    : 'There is no argument of that name.';
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** Where an argument is. A name may be the caller's own text: only plain words are shown. */
export function pathOf(names: readonly string[]): string {
  return names.map((name) => (isPlain(name) ? name : '…')).join('.');
}

/** Whether a name is a plain word, and no text that a caller would have repeated. */
export function isPlain(name: string): boolean {
  return /^[\w.-]{1,40}$/.test(name);
}
