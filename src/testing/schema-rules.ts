import { Ajv2020 } from 'ajv/dist/2020.js';
import type { JsonObject } from 'movie-hub';

/** Lists the problems of a tool's input schema for which a model would refuse the whole request. */
export function schemaProblems(schema: JsonObject, tool: string): string[] {
  const at = `The input schema of ${tool}`;
  if (!isObject(schema)) return [`${at} is not an object.`];
  const united = ['oneOf', 'anyOf', 'allOf'].filter((key) => key in schema);
  metaSchema ??= new Ajv2020({ strict: false, validateFormats: false, logger: false });
  const isValid = metaSchema.validateSchema(schema);
  return [
    schema.type === 'object' ? '' : `${at} is not of type object.`,
    united.length > 0 ? `${at} has ${united.join(', ')} at the top level.` : '',
    isValid
      ? ''
      : `${at} is not valid JSON Schema draft 2020-12: ${metaSchema.errorsText(metaSchema.errors)}.`,
    // Subschemas can be found only in a valid schema.
    ...(isValid ? partProblems(schema, schema, at) : []),
  ].filter((problem) => problem !== '');
}

let metaSchema: Ajv2020 | undefined;

const maps = ['properties', 'patternProperties', '$defs', 'definitions', 'dependentSchemas', 'dependencies'];
const lists = ['allOf', 'anyOf', 'oneOf', 'prefixItems'];
const single = ['additionalProperties', 'contains', 'contentSchema', 'else', 'if', 'items', 'not'].concat([
  'propertyNames',
  'then',
  'unevaluatedItems',
  'unevaluatedProperties',
]);
const propertyName = /^[a-zA-Z0-9_.-]{1,64}$/;

function partProblems(schema: JsonObject, root: JsonObject, at: string): string[] {
  const { properties, patternProperties, pattern, $ref } = schema;
  const patterns = Object.keys(patternProperties ?? {}).concat(typeof pattern === 'string' ? pattern : []);
  const names = Object.keys(properties ?? {}).filter((name) => !propertyName.test(name));
  const parts = [
    ...maps.flatMap((key) => Object.values(schema[key] ?? {})),
    ...lists.flatMap((key) => schema[key] ?? []),
    ...single.map((key) => schema[key] ?? null),
  ];
  return [
    ...names.map((name) => `${at} has a property named ${JSON.stringify(name)}.`),
    ...patterns.flatMap((text) => (isPattern(text) ? [] : [`${at} has an invalid pattern: ${text}`])),
    ...(typeof $ref === 'string' && !isResolvable($ref, root)
      ? [`${at} has an unresolvable $ref: ${$ref}`]
      : []),
    ...parts.flatMap((part) => (isObject(part) ? partProblems(part, root, at) : [])),
  ];
}

function isPattern(text: string): boolean {
  try {
    new RegExp(text, 'u');
    return true;
  } catch {
    return false;
  }
}

function isResolvable(reference: string, root: JsonObject): boolean {
  if (!/^#(\/|$)/.test(reference)) return false;
  let target: JsonObject[string] | undefined = root;
  for (const step of reference.split('/').slice(1)) {
    const name = decodeURIComponent(step).replaceAll('~1', '/').replaceAll('~0', '~');
    target = Object.entries(target ?? {}).find(([key]) => key === name)?.[1];
  }
  return isObject(target) || typeof target === 'boolean';
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
