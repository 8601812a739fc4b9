import { Ajv2020, type ErrorObject, str, type ValidateFunction } from 'ajv/dist/2020.js';
import { isSchema, mapSubschemas } from '../../json-schema';
import type { JsonObject } from '../model';
import { stringifyJson, toJsonObject, wellFormed } from '../wire';

/** Validators by the text of their schema: every run gets the same tools anew. */
const validators = new Map<string, ValidateFunction | undefined>();
const maxValidators = 500;
/** Characters of the reasons that a model gets. */
const maxReasonsLength = 1_000;
/** References multiply the work of a schema: with this many a hostile one stays cheap to validate. */
const maxReferences = 24;
/** Characters of a schema's text. */
const maxSchemaLength = 100_000;

/**
 * Validates a tool's arguments. Returns what is wrong, as a sentence for the model, or undefined.
 *
 * A schema that cannot be compiled or validated accepts anything: the server checks again.
 */
export function argumentProblem(schema: JsonObject, input: JsonObject): string | undefined {
  const validate = validatorOf(schema);
  if (validate === undefined || fits(validate, input)) return undefined;
  const reasons = wellFormed(
    [...new Set((validate.errors ?? []).slice(0, 10).map((error) => reasonOf(error)))].join(' '),
  );
  const short = reasons.length <= maxReasonsLength ? reasons : `${reasons.slice(0, maxReasonsLength)}…`;
  return `Not run: ${short} Call the tool again with arguments that fit its schema.`;
}

function validatorOf(schema: JsonObject): ValidateFunction | undefined {
  const key = stringifyJson(schema);
  if (key === undefined) return undefined;
  if (validators.has(key)) return validators.get(key);
  // Schemas come from servers, in any number: the oldest goes.
  if (validators.size >= maxValidators) validators.delete(validators.keys().next().value ?? '');
  const isHeavy =
    key.length > maxSchemaLength ||
    key.split(/"\$(?:ref|dynamicRef|recursiveRef)":/).length - 1 > maxReferences;
  const validate = isHeavy ? undefined : compile(JSON.parse(key));
  validators.set(key, validate);
  return validate;
}

function compile(schema: JsonObject): ValidateFunction | undefined {
  // An unknown draft would not compile, an id means nothing here, and an asynchronous schema would answer too late.
  try {
    const { $schema: _, $id: __, $async: ___, ...rest } = asItsDraftReads(schema);
    return validator().compile(withoutPatterns(rest));
  } catch {
    return undefined;
  }
}

/** The drafts before 2019-09 by their names, as in `http://json-schema.org/draft-07/schema#`. */
const olderDraft = /json-schema\.org\/draft-0[1-7]\//;

/** Keywords of later drafts, which those before ignore. */
const laterKeywords = new Set([
  ...['unevaluatedItems', 'unevaluatedProperties', 'dependentRequired', 'dependentSchemas', 'prefixItems'],
  ...['minContains', 'maxContains', '$dynamicRef', '$recursiveRef'],
]);

/** Keywords that restrict nothing, and may stand beside a reference. */
const besideReference = new Set([
  ...['$ref', '$schema', '$id', 'id', '$defs', 'definitions', '$comment'],
  ...['title', 'description', 'default', 'examples', 'deprecated', 'readOnly', 'writeOnly'],
]);

/** Removes from a schema of an older draft what that draft ignores: later keywords, and keywords beside a reference. */
export function asItsDraftReads(root: JsonObject): JsonObject {
  if (typeof root.$schema !== 'string' || !olderDraft.test(root.$schema)) return root;
  const read = (given: unknown): unknown => {
    if (!isSchema(given)) return given;
    const isReference = typeof given.$ref === 'string';
    const known = Object.entries(given).filter(([keyword]) =>
      isReference ? besideReference.has(keyword) : !laterKeywords.has(keyword),
    );
    return mapSubschemas(Object.fromEntries(known), read);
  };
  return toJsonObject(read(root)) ?? {};
}

/**
 * Removes patterns: one of a hostile server could keep this process busy for ever. Other properties beside removed patterns are
 * then unknown, and rules that would become stricter by the removal go too.
 */
function withoutPatterns(schema: JsonObject): JsonObject {
  let isLooser = false;
  const strip = (given: unknown): unknown => {
    if (!isSchema(given)) return given;
    const { pattern, patternProperties, ...rest }: Record<string, unknown> = given;
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

/** Removes what a looser schema would forbid: in `not`, in `if`, among `oneOf`, and what is left unevaluated. */
function withoutDenials(given: unknown): unknown {
  if (!isSchema(given)) return given;
  const {
    not: _,
    if: __,
    maxContains: ___,
    unevaluatedItems: ____,
    unevaluatedProperties: _____,
    oneOf,
    ...rest
  } = given;
  const all = Array.isArray(rest.allOf) ? rest.allOf : [];
  return mapSubschemas(
    oneOf === undefined ? rest : { ...rest, allOf: [...all, { anyOf: oneOf }] },
    withoutDenials,
  );
}

let ajv: Ajv2020 | undefined;

/** Creates the validator when it is first needed: that takes 10 ms. */
function validator(): Ajv2020 {
  ajv ??= new Ajv2020({
    allErrors: true,
    strict: false,
    validateFormats: false,
    logger: false,
    // An argument may be named like something that every object inherits.
    ownProperties: true,
    // No server's schema may refer to another's.
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

/** Compares as decimals: 19.99 is a multiple of 0.01, though its quotient as a binary number is not whole. */
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

function reasonOf({ keyword, params, instancePath, message }: ErrorObject): string {
  const steps = instancePath.split('/').slice(1).map(unescaped);
  const pathTo = (...more: unknown[]) => [...steps, ...more.map(String)].join('.');
  const subject = steps.length === 0 ? 'The arguments' : `The argument ${pathTo()}`;
  if (keyword === 'required') return `The argument ${pathTo(params.missingProperty)} is missing.`;
  if (keyword === 'additionalProperties') return `There is no argument ${pathTo(params.additionalProperty)}.`;
  if (keyword === 'enum') return `${subject} must be one of ${JSON.stringify(params.allowedValues)}.`;
  return `${subject} ${message ?? 'does not fit the schema'}.`;
}

function unescaped(step: string): string {
  return step.replaceAll('~1', '/').replaceAll('~0', '~');
}
