import { type ErrorObject, str, type ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { placeOf } from '../../json-schema';
import type { JsonObject, JsonValue } from '../model';
import { stringifyJson, toJsonObject, wellFormed } from '../wire';

/** Validators by the text of their schema: every run gets the same tools anew. */
const validators = new Map<string, ValidateFunction | undefined>();
const mostValidators = 500;
/** Characters of what a model is told. */
const longestReasons = 1_000;
/** References multiply what a schema asks for: with this many a hostile one stays cheap to carry out. */
const mostReferences = 24;
/** Characters of a schema's text. */
const longestSchema = 100_000;

/**
 * Says what is wrong with a tool's arguments, in words for the model, or undefined when nothing is. A schema that cannot be
 * compiled or carried out checks nothing: the server checks again.
 *
 * @param nameOf The name that the model knows one of the server's properties by.
 */
export function argumentProblem(
  schema: JsonObject,
  input: JsonObject,
  nameOf: (property: string) => string = (property) => property,
): string | undefined {
  const validate = validatorOf(schema);
  if (validate === undefined || fits(validate, input)) return undefined;
  const told = (validate.errors ?? []).slice(0, 10).map((error) => reasonOf(error, nameOf));
  const reasons = wellFormed([...new Set(told)].join(' '));
  const short = reasons.length <= longestReasons ? reasons : `${reasons.slice(0, longestReasons)}…`;
  return `Not run: ${short} Call the tool again with arguments that fit its schema.`;
}

function validatorOf(schema: JsonObject): ValidateFunction | undefined {
  const key = stringifyJson(schema);
  if (key === undefined) return undefined;
  if (validators.has(key)) return validators.get(key);
  // The oldest goes: schemas come from servers, and there may be any number of them.
  if (validators.size >= mostValidators) validators.delete(validators.keys().next().value ?? '');
  const isHeavy =
    key.length > longestSchema ||
    key.split(/"\$(?:ref|dynamicRef|recursiveRef)":/).length - 1 > mostReferences;
  const validate = isHeavy ? undefined : compile(JSON.parse(key));
  validators.set(key, validate);
  return validate;
}

function compile(schema: JsonObject): ValidateFunction | undefined {
  // A draft that is not known would not compile, an id means nothing here, and an asynchronous schema would answer too late.
  try {
    const { $schema: _, $id: __, $async: ___, ...rest } = asItsDraftReads(schema);
    return checker().compile(withoutPatterns(rest));
  } catch {
    return undefined;
  }
}

/**
 * A pattern of a server that is not trusted could keep this process busy for ever. What patterns allow is not known then, so
 * that nothing can be said of other properties beside them. A schema that has lost one allows more: what would then allow less
 * goes too.
 */
function withoutPatterns(schema: JsonObject): JsonObject {
  let isLooser = false;
  const strip = (given: JsonValue): JsonValue => {
    const sub = toJsonObject(given);
    if (sub === undefined) return given;
    const { pattern, patternProperties, ...rest } = sub;
    isLooser ||= pattern !== undefined || patternProperties !== undefined;
    if (patternProperties !== undefined) {
      delete rest.additionalProperties;
      delete rest.propertyNames;
    }
    return mapSubschemas(rest, strip);
  };
  const stripped = strip(schema);
  return toJsonObject(isLooser ? withoutDenials(stripped) : stripped) ?? {};
}

/** Drops what a schema that allows more forbids by it: in `not`, in `if`, among `oneOf`, and beside what was looked at. */
function withoutDenials(given: JsonValue): JsonValue {
  const sub = toJsonObject(given);
  if (sub === undefined) return given;
  const {
    not: _,
    if: __,
    maxContains: ___,
    unevaluatedItems: ____,
    unevaluatedProperties: _____,
    ...rest
  } = sub;
  const { oneOf, ...others } = rest;
  const any = oneOf === undefined ? [] : [{ anyOf: oneOf }];
  const all = Array.isArray(others.allOf) ? others.allOf : [];
  const loose = any.length > 0 ? { ...others, allOf: [...all, ...any] } : others;
  return mapSubschemas(loose, withoutDenials);
}

let ajv: Ajv2020 | undefined;

/** Made when it is needed, and once: that takes 10 ms. */
function checker(): Ajv2020 {
  ajv ??= new Ajv2020({
    allErrors: true,
    strict: false,
    validateFormats: false,
    logger: false,
    // An argument may be named like something that every object inherits.
    ownProperties: true,
    // The schema of one server is nothing that another one can refer to.
    addUsedSchema: false,
  });
  ajv.removeKeyword('multipleOf');
  ajv.addKeyword({
    keyword: 'multipleOf',
    type: 'number',
    schemaType: 'number',
    validate: isMultiple,
    error: { message: ({ schema }) => str`must be multiple of ${schema}` },
  });
  return ajv;
}

/** As decimals are meant: 19.99 is a multiple of 0.01, though its quotient as a binary number is not whole. */
function isMultiple(step: number, value: number): boolean {
  const quotient = value / step;
  const rounding = Math.abs(quotient) * 2 ** -50;
  return !Number.isFinite(quotient) || Math.abs(quotient - Math.round(quotient)) <= rounding;
}

function fits(validate: ValidateFunction, input: JsonObject): boolean {
  try {
    return validate(input);
  } catch {
    // A schema that refers to itself without end.
    return true;
  }
}

function reasonOf(
  { keyword, params, instancePath, message }: ErrorObject,
  nameOf: (property: string) => string,
): string {
  const steps = instancePath.split('/').slice(1).map(unescaped);
  const named = (...more: unknown[]) => [...steps, ...more.map(String)].map(nameOf).join('.');
  const subject = steps.length === 0 ? 'The arguments' : `The argument ${named()}`;
  if (keyword === 'required') return `The argument ${named(params.missingProperty)} is missing.`;
  if (keyword === 'additionalProperties') return `There is no argument ${named(params.additionalProperty)}.`;
  if (keyword === 'enum') return `${subject} must be one of ${JSON.stringify(params.allowedValues)}.`;
  return `${subject} ${message ?? 'does not fit the schema'}.`;
}

function unescaped(step: string): string {
  return step.replaceAll('~1', '/').replaceAll('~0', '~');
}

/** The drafts before 2019-09 by their names, as in `http://json-schema.org/draft-07/schema#`. */
const older = /json-schema\.org\/draft-0[1-7]\//;

/** What later drafts brought: those before ignore it. */
const later = new Set([
  ...['unevaluatedItems', 'unevaluatedProperties', 'dependentRequired', 'dependentSchemas', 'prefixItems'],
  ...['minContains', 'maxContains', '$dynamicRef', '$recursiveRef'],
]);

/** What says nothing of a value, and may stand beside a reference. */
const besideReference = new Set([
  ...['$ref', '$schema', '$id', 'id', '$defs', 'definitions', '$comment'],
  ...['title', 'description', 'default', 'examples', 'deprecated', 'readOnly', 'writeOnly'],
]);

/** Takes out of a schema of an older draft what that draft ignores: later words, and words beside a reference. */
export function asItsDraftReads(root: JsonObject): JsonObject {
  if (typeof root.$schema !== 'string' || !older.test(root.$schema)) return root;
  const read = (given: JsonValue): JsonValue => {
    const schema = toJsonObject(given);
    if (schema === undefined) return given;
    const isReference = typeof schema.$ref === 'string';
    const known = Object.entries(schema).filter(([keyword]) =>
      isReference ? besideReference.has(keyword) : !later.has(keyword),
    );
    return mapSubschemas(Object.fromEntries(known), read);
  };
  return toJsonObject(read(root)) ?? {};
}

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
