import type { ErrorObject, ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { JsonObject } from './model';

/** Validators by the text of their schema: every run gets the same tools anew. */
const validators = new Map<string, ValidateFunction | undefined>();
const mostValidators = 500;

/**
 * Says what is wrong with a tool's arguments, in words for the model, or undefined when nothing is. A schema that cannot be
 * compiled or carried out checks nothing: the server checks again.
 */
export function argumentProblem(schema: JsonObject, input: JsonObject): string | undefined {
  const validate = validatorOf(schema);
  if (validate === undefined || fits(validate, input)) return undefined;
  const reasons = (validate.errors ?? []).slice(0, 10).map(reasonOf);
  return `Not run: ${[...new Set(reasons)].join(' ')} Call the tool again with arguments that fit its schema.`;
}

function validatorOf(schema: JsonObject): ValidateFunction | undefined {
  const key = JSON.stringify(schema);
  if (validators.has(key)) return validators.get(key);
  // The oldest goes: schemas come from servers, and there may be any number of them.
  if (validators.size >= mostValidators) validators.delete(validators.keys().next().value ?? '');
  const validate = compile(schema);
  validators.set(key, validate);
  return validate;
}

function compile(schema: JsonObject): ValidateFunction | undefined {
  // A draft that is not known would not compile, an id means nothing here, and an asynchronous schema would answer too late.
  const { $schema: _, $id: __, $async: ___, ...rest } = schema;
  try {
    return checker().compile(rest);
  } catch {
    return undefined;
  } finally {
    ajv?.removeSchema(rest);
  }
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
  })
    // A pattern of a server that is not trusted could keep this process busy for ever.
    .removeKeyword('pattern')
    .removeKeyword('patternProperties');
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
