import type { ErrorObject, ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { JsonObject } from './model';

/** Validators by the text of their schema: every run gets the same tools anew. */
const validators = new Map<string, ValidateFunction | undefined>();
const mostValidators = 500;

/**
 * Says what is wrong with a tool's arguments, in words for the model, or undefined when nothing is. A schema that cannot be
 * compiled checks nothing: the server checks again.
 */
export function argumentProblem(schema: JsonObject, input: JsonObject): string | undefined {
  const validate = validatorOf(schema);
  if (validate === undefined || validate(input)) return undefined;
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
  try {
    const { $schema: _, ...rest } = schema;
    const ajv = new Ajv2020({ allErrors: true, strict: false, validateFormats: false, logger: false });
    // A pattern of a server that is not trusted could keep this process busy for ever.
    return ajv.removeKeyword('pattern').removeKeyword('patternProperties').compile(rest);
  } catch {
    return undefined;
  }
}

function reasonOf({ keyword, params, instancePath, message }: ErrorObject): string {
  if (keyword === 'required') return `The argument ${String(params.missingProperty)} is missing.`;
  if (keyword === 'additionalProperties') return `There is no argument ${String(params.additionalProperty)}.`;
  if (keyword === 'enum')
    return `${subject(instancePath)} must be one of ${JSON.stringify(params.allowedValues)}.`;
  return `${subject(instancePath)} ${message ?? 'does not fit the schema'}.`;
}

function subject(path: string): string {
  return path === '' ? 'The arguments' : `The argument ${path.slice(1).replaceAll('/', '.')}`;
}
