import type { ErrorObject } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { MovieHubError } from '../errors';

/** Checks values against a JSON Schema. */
export interface Validator {
  /** What is wrong first; nothing where the value fits. What follows is not looked at, however much there is. */
  errors(value: unknown): readonly ErrorObject[];
  /** The same of each property of an object, for those that are wrong. */
  errorsByProperty(value: object): readonly (readonly ErrorObject[])[];
}

/**
 * Makes the validator of a JSON Schema (draft 2020-12). It takes milliseconds.
 *
 * @param what Names the schema in messages: `the input of find_orders`.
 * @param useDefaults Whether it puts the schema's defaults into the value for what it lacks.
 * @throws MovieHubError `invalid_argument` when it is not valid JSON Schema, as one whose pattern is no regular expression.
 */
export function validatorOf(schema: object, what: string, useDefaults = false): Validator {
  const options = {
    // Lengths come before patterns then, and a pattern never sees a text that is too long.
    allErrors: false,
    strict: false,
    validateFormats: false,
    ownProperties: true,
    useDefaults,
  };
  try {
    // A validator of its own for each: a shared one would keep every schema that it has ever seen.
    const ajv = new Ajv2020({ ...options, logger: false }).addSchema(schema, 'tool');
    const validate = ajv.compile({ $ref: 'tool' });
    return {
      errors: (value) => (validate(value) ? [] : (validate.errors ?? [])),
      errorsByProperty: (value) =>
        Object.entries(value).flatMap(([name, property]) => {
          const pointer = encodeURIComponent(name.replaceAll('~', '~0').replaceAll('/', '~1'));
          const part = ajv.getSchema(`tool#/properties/${pointer}`);
          if (part === undefined || part(property)) return [];
          const errors = part.errors ?? [];
          return [errors.map((error) => ({ ...error, instancePath: `/${name}${error.instancePath}` }))];
        }),
    };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new MovieHubError('invalid_argument', `The JSON Schema of ${what} is not valid: ${reason}.`, {
      cause,
    });
  }
}

/** What is wrong, for the log: where, and why. */
export function reasonsOf(errors: readonly ErrorObject[]): readonly string[] {
  return errors.slice(0, 10).map((error) => `${error.instancePath} ${error.message}`);
}
