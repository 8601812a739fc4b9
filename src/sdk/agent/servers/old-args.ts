import type { JsonObject, JsonValue } from '../model';
import { toJsonObject } from '../wire';

const inPlace = ['allOf', 'anyOf', 'oneOf', 'if', 'then', 'else', 'dependentSchemas'];

/**
 * Gives a model's arguments the server's names of properties, wherever the schema says that there are any. Names that are not of
 * the schema, as in an object of free keys, stay.
 *
 * @param originals The server's names by the model's.
 */
export function toServerNames(
  input: JsonObject,
  schema: JsonObject,
  originals: ReadonlyMap<string, string>,
): JsonObject {
  if (originals.size === 0) return input;
  const rename = (value: JsonValue, given: readonly JsonValue[]): JsonValue => {
    const isList = Array.isArray(value);
    const object = toJsonObject(value);
    if (!isList && !object) return value;
    const schemas = applying(given, schema);
    if (isList)
      return value.map((item, index) =>
        rename(
          item,
          schemas.flatMap((sub) => ofItem(sub, index)),
        ),
      );
    const entries = Object.entries(object ?? {}).map(([key, item]) => {
      const declared = schemas.flatMap(({ properties }) => member(properties, key));
      const free = schemas.flatMap(({ additionalProperties = [] }) => additionalProperties);
      const name = declared.length > 0 ? (originals.get(key) ?? key) : key;
      return [name, rename(item, declared.length > 0 ? declared : free)] as const;
    });
    return Object.fromEntries(entries);
  };
  return toJsonObject(rename(input, [schema])) ?? {};
}

/** All schemas that say something of the same value, those that are referred to too. */
function applying(given: readonly JsonValue[], root: JsonObject): JsonObject[] {
  const found = new Set<JsonObject>();
  const waiting = [...given];
  for (let sub = waiting.pop(); sub !== undefined; sub = waiting.pop()) {
    const schema = toJsonObject(sub);
    if (schema === undefined || found.has(schema)) continue;
    found.add(schema);
    for (const keyword of inPlace) waiting.push(...partsOf(keyword, schema[keyword]));
    if (schema.$ref === '#') waiting.push(root);
    else if (typeof schema.$ref === 'string')
      waiting.push(...member(root.$defs, schema.$ref.replace('#/$defs/', '')));
  }
  return [...found];
}

function partsOf(keyword: string, value: JsonValue | undefined): JsonValue[] {
  if (Array.isArray(value)) return value;
  const object = toJsonObject(value);
  return object ? (keyword === 'dependentSchemas' ? Object.values(object) : [object]) : [];
}

function ofItem({ prefixItems, items, contains }: JsonObject, index: number): JsonValue[] {
  const placed = Array.isArray(prefixItems) ? prefixItems[index] : undefined;
  return [placed ?? items, contains].filter((sub) => sub !== undefined);
}

function member(object: JsonValue | undefined, name: string): JsonValue[] {
  const found = toJsonObject(object);
  return found && Object.hasOwn(found, name) ? [found[name] ?? null] : [];
}
