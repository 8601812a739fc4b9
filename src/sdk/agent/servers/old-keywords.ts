import { placeOf } from '../../json-schema';
import type { JsonObject, JsonValue } from '../model';
import { toJsonObject } from '../wire';

type Check = (value: JsonValue) => JsonValue | undefined;

const text: Check = (value) => (typeof value === 'string' ? value : undefined);
const flag: Check = (value) => (typeof value === 'boolean' ? value : undefined);
const number: Check = (value) => (typeof value === 'number' ? value : undefined);
const count: Check = (value) => (Number.isInteger(value) && Number(value) >= 0 ? value : undefined);
const list: Check = (value) => (Array.isArray(value) && value.length > 0 ? value : undefined);
const names: Check = (value) => {
  const found = Array.isArray(value) ? value.filter((name) => typeof name === 'string') : [];
  return found.length > 0 || (Array.isArray(value) && value.length === 0) ? [...new Set(found)] : undefined;
};
const dropped: Check = () => undefined;

const types = new Set<unknown>(['array', 'boolean', 'integer', 'null', 'number', 'object', 'string']);

/** What each keyword of draft 2020-12 that holds no schema may be; others are kept as they are: they mean nothing. */
const checks: ReadonlyMap<string, Check> = new Map<string, Check>([
  ...of(text, 'title', 'description', '$comment', '$ref', 'format', 'contentEncoding', 'contentMediaType'),
  ...of(flag, 'uniqueItems', 'deprecated', 'readOnly', 'writeOnly'),
  ...of(number, 'minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum'),
  ...of((value) => (Number(number(value) ?? 0) > 0 ? value : undefined), 'multipleOf'),
  ...of(count, 'minLength', 'maxLength', 'minItems', 'maxItems', 'minContains', 'maxContains'),
  ...of(count, 'minProperties', 'maxProperties'),
  ...of(list, 'enum'),
  ...of((value) => (Array.isArray(value) ? value : undefined), 'examples'),
  ...of(names, 'required'),
  ...of((value) => (typeof value === 'string' && isPattern(value) ? value : undefined), 'pattern'),
  ...of((value) => {
    const given = [...new Set([value].flat())];
    // What a type that is not known allows is not known, either.
    if (!given.every((type) => types.has(type))) return undefined;
    return given.length > 1 ? given : given[0];
  }, 'type'),
  ...of((value) => {
    const object = toJsonObject(value);
    const entries = Object.entries(object ?? {}).map(([key, item]) => [key, names(item)] as const);
    return object && Object.fromEntries(entries.flatMap(([key, item]) => (item ? [[key, item]] : [])));
  }, 'dependentRequired'),
  // References are written anew, and say where they lead without these.
  ...of(dropped, '$schema', '$id', '$anchor', '$dynamicAnchor', '$dynamicRef', '$vocabulary'),
  ...of(dropped, '$recursiveRef', '$recursiveAnchor', '$defs', 'definitions'),
  // These are translated.
  ...of(dropped, 'additionalItems', 'dependencies', 'patternProperties'),
]);

function of(check: Check, ...keywords: string[]): [string, Check][] {
  return keywords.map((keyword) => [keyword, check]);
}

/** Returns the value of a keyword as draft 2020-12 has it, or undefined when it is wrong and can only go. */
export function checkKeyword(keyword: string, value: JsonValue): JsonValue | undefined {
  const check = checks.get(keyword);
  return check ? check(value) : value;
}

/** What says nothing of a value, and what is written in other words without a loss. */
const silent = new Set([
  ...['title', 'description', '$comment', 'format', 'contentEncoding', 'contentMediaType', 'examples'],
  ...['deprecated', 'readOnly', 'writeOnly', '$schema', '$id', '$anchor', '$dynamicAnchor', '$vocabulary'],
  ...['$recursiveAnchor', '$defs', 'definitions', 'additionalItems', 'dependencies'],
]);

/** Tells whether a schema asks for less since a keyword of it became what it is now; not whether a schema in it does. */
export function isLoss(keyword: string, value: JsonValue, kept: JsonValue | undefined): boolean {
  if (silent.has(keyword) || (keyword === 'items' && Array.isArray(value))) return false;
  // Flags of older drafts, which are translated.
  if (keyword.startsWith('exclusive') && typeof value === 'boolean') return false;
  if (kept === undefined) return value !== null || !['minimum', 'maximum'].includes(keyword);
  if (placeOf(keyword) !== undefined || keyword === '$ref') return false;
  return JSON.stringify([kept].flat()) !== JSON.stringify([value].flat());
}

/**
 * Writes a schema of an older draft, one level of it, in the words of 2020-12: lists of `items`, bounds that are flags,
 * `dependencies`, and `required` that stands in the property. Patterns of names become what any name may have: models refuse
 * them.
 */
export function modernise(schema: JsonObject): JsonObject {
  return {
    ...schema,
    ...anyName(schema),
    ...tuple(schema),
    ...dependents(schema),
    ...exclusive(schema, 'exclusiveMinimum', 'minimum'),
    ...exclusive(schema, 'exclusiveMaximum', 'maximum'),
    ...requiredIn(schema),
  };
}

function tuple({ items, additionalItems }: JsonObject): JsonObject {
  if (!Array.isArray(items)) return {};
  return {
    ...(items.length > 0 && { prefixItems: items }),
    ...(additionalItems !== undefined && { items: additionalItems }),
  };
}

function dependents(schema: JsonObject): JsonObject {
  const entries = Object.entries(toJsonObject(schema.dependencies) ?? {});
  if (entries.length === 0) return {};
  const [required, schemas] = [true, false].map((isList) =>
    Object.fromEntries(entries.filter(([, value]) => Array.isArray(value) === isList)),
  );
  return {
    dependentRequired: { ...required, ...toJsonObject(schema.dependentRequired) },
    dependentSchemas: { ...schemas, ...toJsonObject(schema.dependentSchemas) },
  };
}

function exclusive(schema: JsonObject, keyword: string, bound: 'minimum' | 'maximum'): JsonObject {
  const limit = schema[bound];
  // Null is no number, and goes.
  return schema[keyword] === true && typeof limit === 'number' ? { [keyword]: limit, [bound]: null } : {};
}

function anyName({ patternProperties, additionalProperties: others }: JsonObject): JsonObject {
  if (patternProperties === undefined) return {};
  const schemas = Object.values(toJsonObject(patternProperties) ?? {});
  if (schemas.length === 0 || others === true) return { additionalProperties: true };
  const all = others === undefined || others === false ? schemas : [...schemas, others];
  return { additionalProperties: all.length > 1 ? { anyOf: all } : (all[0] ?? true) };
}

function requiredIn(schema: JsonObject): JsonObject {
  const properties = Object.entries(toJsonObject(schema.properties) ?? {});
  const own = properties.flatMap(([name, sub]) => (toJsonObject(sub)?.required === true ? [name] : []));
  const given = Array.isArray(schema.required) ? schema.required : [];
  return own.length > 0 ? { required: [...given, ...own] } : {};
}

/** What engines do not agree on: named groups, classes by property or control character, empty classes. */
const disputed = /\\[pPck]|\\u\{|\(\?<[^=!]|\[\^?\]/;

/** Tells whether any engine takes `source` as a regular expression. It is compiled and never carried out. */
function isPattern(source: string): boolean {
  try {
    new RegExp(source, 'u');
    return !disputed.test(source);
  } catch {
    return false;
  }
}
