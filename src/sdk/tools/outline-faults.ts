import { isPlain, pathOf } from './paths';
import type { ObjectSchema } from './schema';

type Schema = Readonly<Record<string, unknown>>;

/** How many faults are told of at most: a caller needs no more, and what was sent may have any number. */
export const mostReasons = 10;

/**
 * Says what is wrong with the outline of a value, at every depth, ten faults at most: names that the schema does not know, those
 * that it requires and that are missing, lists and texts that are far too long to be looked into, and integers that JSON.parse may
 * have rounded. Of the values themselves it looks at no more than tells the members of a union apart.
 */
export function outlineFaults(schema: ObjectSchema, value: unknown): readonly string[] {
  if (!isObject(value)) return ['The arguments must be an object.'];
  const faults = new Set<string>();
  look({ root: schema as unknown as Schema, faults }, schema, value, []);
  return [...faults];
}

interface Search {
  readonly root: Schema;
  readonly faults: Set<string>;
}

function look(search: Search, schema: unknown, value: unknown, path: readonly string[]): void {
  if (!isObject(schema) || search.faults.size >= mostReasons) return;
  if (isFarTooLong(schema, value)) {
    search.faults.add(`The argument ${pathOf(path)} is far too long.`);
    return;
  }
  if (typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value)) {
    const types = typesOf(search.root, schema);
    if (types.has('integer') && !types.has('number'))
      search.faults.add(
        `The argument ${pathOf(path)} is a whole number beyond ±${Number.MAX_SAFE_INTEGER}, which may have been rounded on its way` +
          `${types.has('string') ? ': send it as text' : ''}.`,
      );
    return;
  }
  if (schema.$ref !== undefined) look(search, lookedUp(search.root, schema.$ref), value, path);
  for (const each of listOf(schema.allOf)) look(search, each, value, path);
  for (const members of [schema.anyOf, schema.oneOf]) {
    if (Array.isArray(members)) lookAtUnion(search, members, value, path);
  }
  if (Array.isArray(value)) {
    const first = listOf(schema.prefixItems);
    for (const [i, each] of value.entries())
      look(search, first[i] ?? schema.items, each, [...path, String(i)]);
  } else if (isObject(value)) lookAtObject(search, schema, value, path);
}

/**
 * Libraries may look at each item, and run each pattern, before they look at the length. What trims or folds may take more
 * than its schema says, so that only what is far longer is refused before the library decides.
 */
function isFarTooLong({ maxItems, maxLength }: Schema, value: unknown): boolean {
  const most = Array.isArray(value) ? maxItems : typeof value === 'string' ? maxLength : undefined;
  return typeof most === 'number' && (value as string | unknown[]).length > 10 * most + 1_000;
}

function lookAtObject(search: Search, schema: Schema, value: Schema, path: readonly string[]): void {
  const { faults } = search;
  const { properties, required, patternProperties, additionalProperties } = schema;
  const known = isObject(properties) ? properties : {};
  const patterns = Object.keys(isObject(patternProperties) ? patternProperties : {}).map(
    (pattern) => new RegExp(pattern, 'u'),
  );
  for (const name of Object.keys(value)) {
    if (faults.size >= mostReasons) return;
    if (Object.hasOwn(known, name)) look(search, known[name], value[name], [...path, name]);
    else if (patterns.some((pattern) => pattern.test(name))) continue;
    else if (additionalProperties === false) faults.add(unknown([...path, name]));
    else look(search, additionalProperties, value[name], [...path, name]);
  }
  for (const name of listOf(required)) {
    if (faults.size >= mostReasons) return;
    if (typeof name === 'string' && (!Object.hasOwn(value, name) || value[name] === undefined))
      faults.add(`The argument ${pathOf([...path, name])} is missing.`);
  }
}

/** Of a union one member has to know the names: of those that the value may be of, the one with the fewest faults. */
function lookAtUnion(
  search: Search,
  members: readonly unknown[],
  value: unknown,
  path: readonly string[],
): void {
  let fewest: Set<string> | undefined;
  for (const member of members) {
    if (!mayBe(search.root, member, value)) continue;
    const faults = new Set<string>();
    look({ ...search, faults }, member, value, path);
    if (faults.size === 0) return;
    if (fewest === undefined || faults.size < fewest.size) fewest = faults;
  }
  for (const fault of fewest ?? []) search.faults.add(fault);
}

/** Whether a value may be of a member of a union, as far as its type and its constants tell. */
function mayBe(root: Schema, member: unknown, value: unknown): boolean {
  if (!isObject(member)) return member !== false;
  if (member.$ref !== undefined && !mayBe(root, lookedUp(root, member.$ref), value)) return false;
  const { type, properties } = member;
  if (typeof value !== 'object' || value === null) return true;
  if (type !== undefined && ![type].flat().includes(Array.isArray(value) ? 'array' : 'object')) return false;
  return Object.entries(isObject(properties) ? properties : {}).every(([name, property]) => {
    if (!isObject(property) || !Object.hasOwn(value, name)) return true;
    const given = (value as Schema)[name];
    if (property.const !== undefined && property.const !== given) return typeof property.const === 'object';
    return !Array.isArray(property.enum) || property.enum.includes(given);
  });
}

/** The types that a schema names, in its unions too. */
function typesOf(root: Schema, schema: unknown, depth = 0): ReadonlySet<unknown> {
  if (!isObject(schema) || depth > 10) return new Set();
  const parts = [schema.anyOf, schema.oneOf, schema.allOf].flatMap(listOf);
  if (schema.$ref !== undefined) parts.push(lookedUp(root, schema.$ref));
  return new Set([schema.type].flat().concat(parts.flatMap((each) => [...typesOf(root, each, depth + 1)])));
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

function isObject(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
