import type { ErrorObject, ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { JsonObject } from './model';

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
 */
export function argumentProblem(schema: JsonObject, input: JsonObject): string | undefined {
  const validate = validatorOf(schema);
  if (validate === undefined || fits(validate, input)) return undefined;
  const reasons = [...new Set((validate.errors ?? []).slice(0, 10).map(reasonOf))].join(' ');
  const short = reasons.length <= longestReasons ? reasons : `${reasons.slice(0, longestReasons)}…`;
  return `Not run: ${short} Call the tool again with arguments that fit its schema.`;
}

function validatorOf(schema: JsonObject): ValidateFunction | undefined {
  const key = JSON.stringify(schema);
  if (validators.has(key)) return validators.get(key);
  // The oldest goes: schemas come from servers, and there may be any number of them.
  if (validators.size >= mostValidators) validators.delete(validators.keys().next().value ?? '');
  const isHeavy = key.length > longestSchema || key.split('"$ref":').length - 1 > mostReferences;
  const validate = isHeavy ? undefined : compile(schema);
  validators.set(key, validate);
  return validate;
}

function compile(schema: JsonObject): ValidateFunction | undefined {
  // A draft that is not known would not compile, an id means nothing here, and an asynchronous schema would answer too late.
  const { $schema: _, $id: __, $async: ___, ...rest } = schema;
  try {
    return checker().compile(withoutPatterns(rest) as JsonObject);
  } catch {
    return undefined;
  }
}

/**
 * A pattern of a server that is not trusted could keep this process busy for ever. What patterns allow is not known then, so
 * that nothing can be said of other properties beside them.
 */
function withoutPatterns(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(withoutPatterns);
  if (typeof schema !== 'object' || schema === null) return schema;
  const dropped = new Set(['pattern', 'patternProperties']);
  if ('patternProperties' in schema) {
    dropped.add('additionalProperties').add('unevaluatedProperties').add('propertyNames');
  }
  const kept = Object.entries(schema).filter(([key, value]) => !dropped.has(key) || isNameOf(key, value));
  return Object.fromEntries(kept.map(([key, value]) => [key, withoutPatterns(value)]));
}

/** A property may be called `pattern` too: then it has a schema and no text. */
function isNameOf(key: string, value: unknown): boolean {
  return key === 'pattern' && typeof value === 'object' && value !== null;
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
  return ajv;
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
  const inside = (name: unknown) => nameOf(`${instancePath}/${String(name)}`);
  if (keyword === 'required') return `The argument ${inside(params.missingProperty)} is missing.`;
  if (keyword === 'additionalProperties') return `There is no argument ${inside(params.additionalProperty)}.`;
  if (keyword === 'enum')
    return `${subject(instancePath)} must be one of ${JSON.stringify(params.allowedValues)}.`;
  return `${subject(instancePath)} ${message ?? 'does not fit the schema'}.`;
}

function subject(path: string): string {
  return path === '' ? 'The arguments' : `The argument ${nameOf(path)}`;
}

function nameOf(path: string): string {
  return path.slice(1).replaceAll('/', '.');
}
