import { placeOf } from '../json-schema';
import { toJsonObject } from './json';
import type { JsonObject, JsonValue } from './model';

/** Changes each schema that stands directly in `schema`. Values that should be schemas and are none are changed like schemas. */
export function mapSubschemas(schema: JsonObject, change: (sub: JsonValue) => JsonValue): JsonObject {
  return Object.fromEntries(
    Object.entries(schema).map(([key, value]) => [key, mapPlace(placeOf(key), value, change)]),
  );
}

function mapPlace(
  place: 'one' | 'list' | 'map' | undefined,
  value: JsonValue,
  change: (sub: JsonValue) => JsonValue,
): JsonValue {
  if (place === undefined) return value;
  // Before 2020-12 `items` could be a list, and names in `dependencies` still can.
  if (place !== 'map' && Array.isArray(value)) return value.map(change);
  const map = toJsonObject(value);
  if (place !== 'map' || map === undefined) return place === 'one' ? change(value) : value;
  return mapValues(map, (sub) => (Array.isArray(sub) ? sub : change(sub)));
}

/** Lists the schemas that stand directly in `schema`. */
export function subschemasOf(schema: JsonObject): JsonObject[] {
  const subs: JsonObject[] = [];
  mapSubschemas(schema, (sub) => {
    const found = toJsonObject(sub);
    if (found) subs.push(found);
    return sub;
  });
  return subs;
}

/** Changes the values of an object; its names may be any, `__proto__` too. */
export function mapValues(object: JsonObject, change: (value: JsonValue) => JsonValue): JsonObject {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, change(value)]));
}
