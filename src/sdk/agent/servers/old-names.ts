import type { JsonObject, JsonValue } from '../model';
import { safeName, takeName, toJsonObject } from '../wire';
import { mapSubschemas, subschemasOf } from './check-arguments';

/** What Claude takes as the name of a property. */
const safePattern = /^[a-zA-Z0-9_.-]{1,64}$/;

/** Names for the properties that a model's own are not safe enough for, one for each in the whole schema. */
export interface PropertyNames {
  /** By the server's name. */
  readonly aliases: ReadonlyMap<string, string>;
  /** By the model's name. */
  readonly originals: ReadonlyMap<string, string>;
}

/** Finds the properties in a schema that need another name. The same schema gives the same names. */
export function namesFor(root: JsonObject): PropertyNames {
  const all = new Set<string>();
  const add = (schema: JsonObject) => {
    for (const name of Object.keys(toJsonObject(schema.properties) ?? {})) all.add(name);
    for (const sub of subschemasOf(schema)) add(sub);
  };
  add(root);
  const isSafe = (name: string) => safePattern.test(name) && name !== '__proto__';
  const taken = new Set([...all].filter(isSafe));
  const unsafe = [...all].filter((name) => !isSafe(name));
  // A name of `__proto__` is safe for Bedrock, and not for code between here and there.
  const aliases = unsafe.map((name): [string, string] => [
    name,
    takeName(safeName(name === '__proto__' ? 'proto' : name, 'property'), taken),
  ]);
  return { aliases: new Map(aliases), originals: new Map(aliases.map(([name, alias]) => [alias, name])) };
}

/** Renames the properties of a schema; one that has no title gets the server's name as its title. */
export function renameProperties(schema: JsonObject, { aliases }: PropertyNames): JsonObject {
  if (aliases.size === 0) return schema;
  const rename = (name: JsonValue) => (typeof name === 'string' ? (aliases.get(name) ?? name) : name);
  const renameAll = (value: JsonValue) => (Array.isArray(value) ? value.map(rename) : value);
  const titled = (name: string, sub: JsonValue): JsonValue => {
    const object = sub === true ? {} : toJsonObject(sub);
    return object && aliases.has(name) ? { title: name, ...object } : sub;
  };
  const keys = (value: JsonValue, change: (name: string, sub: JsonValue) => JsonValue) =>
    Object.fromEntries(
      Object.entries(value ?? {}).map(([name, sub]) => [String(rename(name)), change(name, sub)]),
    );
  const visit = (sub: JsonValue): JsonValue => {
    const given = toJsonObject(sub);
    if (given === undefined) return sub;
    const { properties, required, dependentRequired, dependentSchemas, propertyNames, ...rest } =
      mapSubschemas(given, visit);
    const isRenamed = Object.keys(toJsonObject(properties) ?? {}).some((name) => aliases.has(name));
    return {
      ...rest,
      ...(properties !== undefined && { properties: keys(properties, titled) }),
      ...(required !== undefined && { required: renameAll(required) }),
      ...(dependentRequired !== undefined && {
        dependentRequired: keys(dependentRequired, (_, names) => renameAll(names)),
      }),
      ...(dependentSchemas !== undefined && {
        dependentSchemas: keys(dependentSchemas, (_, value) => value),
      }),
      // It is about the server's names.
      ...(propertyNames !== undefined && !isRenamed && { propertyNames }),
    };
  };
  return toJsonObject(visit(schema)) ?? {};
}
