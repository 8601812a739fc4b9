import { type ErrorObject, str, type ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { stringifyJson, toJsonObject } from './json';
import type { JsonObject, JsonValue } from './model';
import { asItsDraftReads } from './schema-draft';
import { mapSubschemas } from './schema-walk';
import { wellFormed } from './well-formed';

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
