import { toJsonObject } from './json';
import type { JsonObject, JsonValue } from './model';

/**
 * Turns a tool's input schema into one that Bedrock's models accept.
 *
 * Claude refuses `oneOf`, `anyOf` and `allOf` at the top level, and the whole request with it. They are merged: every
 * property of every branch is offered, and one that branches of a `oneOf` or `anyOf` define differently may be any of
 * those; required is what the schema itself requires, what all branches of an `allOf` require, and what each branch of a
 * `oneOf` or `anyOf` requires. The server still checks the arguments. Deeper levels are kept as they are.
 */
export function repairInputSchema(schema: JsonObject): JsonObject {
  const { oneOf, anyOf, allOf, ...rest } = schema;
  const merged = [allOf, oneOf, anyOf].every((branches) => branches === undefined)
    ? rest
    : mergeParts(rest, [...branchesOf(allOf, rest), eitherOf(oneOf, rest), eitherOf(anyOf, rest)]);
  return { ...merged, type: 'object', properties: toJsonObject(merged.properties) ?? {} };
}

interface Part {
  properties: JsonObject;
  required: readonly string[];
}

function mergeParts(base: JsonObject, parts: readonly Part[]): JsonObject {
  const all = [partOf(base), ...parts];
  const required = [...new Set(all.flatMap((part) => part.required))];
  const properties = Object.assign({}, ...all.map((part) => part.properties).reverse());
  const { required: _, ...rest } = base;
  return { ...rest, properties, ...(required.length > 0 ? { required } : {}) };
}

function eitherOf(branches: JsonValue | undefined, root: JsonObject): Part {
  const parts = branchesOf(branches, root);
  const [first, ...others] = parts;
  const required = (first?.required ?? []).filter((name) =>
    others.every((part) => part.required.includes(name)),
  );
  const names = new Set(parts.flatMap((part) => Object.keys(part.properties)));
  const properties = [...names].map((name) => [name, anyOfThese(parts, name)]);
  return { properties: Object.fromEntries(properties), required };
}

function anyOfThese(parts: readonly Part[], name: string): JsonValue {
  const all = parts.flatMap(({ properties }) => (Object.hasOwn(properties, name) ? [properties[name]] : []));
  const different = [...new Map(all.map((schema) => [JSON.stringify(schema), schema ?? null])).values()];
  return different.length > 1 ? { anyOf: different } : (different[0] ?? true);
}

function branchesOf(branches: JsonValue | undefined, root: JsonObject): Part[] {
  if (!Array.isArray(branches)) return [];
  return branches.map((branch) => partOf(repairInputSchema(resolve(toJsonObject(branch) ?? {}, root))));
}

/** Follows a reference to `#/$defs/…` or `#/definitions/…`, one step: other references are left to the server. */
function resolve(branch: JsonObject, root: JsonObject): JsonObject {
  const [, list, name] = /^#\/(\$defs|definitions)\/([^/]+)$/.exec(String(branch.$ref ?? '')) ?? [];
  const target = list && name ? toJsonObject(toJsonObject(root[list])?.[name]) : undefined;
  return target ?? branch;
}

function partOf(schema: JsonObject): Part {
  const required = Array.isArray(schema.required) ? schema.required : [];
  return {
    properties: toJsonObject(schema.properties) ?? {},
    required: required.filter((name) => typeof name === 'string'),
  };
}
