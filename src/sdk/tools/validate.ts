import type { ErrorObject, ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { MovieHubError } from '../errors';
import type { StandardIssue } from './schema';

/**
 * Makes the function that checks values against a JSON Schema (draft 2020-12). It takes milliseconds.
 *
 * @param what Names the schema in messages: `the input of find_orders`.
 * @param useDefaults Whether the function puts the schema's defaults into the value for what it lacks.
 * @throws MovieHubError `invalid_argument` when it is not valid JSON Schema, as one whose pattern is no regular expression.
 */
export function validatorOf(schema: object, what: string, useDefaults = false): ValidateFunction<unknown> {
  const options = {
    allErrors: true,
    strict: false,
    validateFormats: false,
    ownProperties: true,
    useDefaults,
  };
  try {
    // A validator of its own for each: a shared one would keep every schema that it has ever seen.
    return new Ajv2020({ ...options, logger: false }).compile(schema);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new MovieHubError('invalid_argument', `The JSON Schema of ${what} is not valid: ${reason}.`, {
      cause,
    });
  }
}

/** Says which argument is wrong and why, without repeating its value. */
export function explainErrors(errors: readonly ErrorObject[]): MovieHubError {
  const reasons = errors.map((error) => {
    const params: Record<string, unknown> = error.params;
    const names = error.instancePath.split('/').slice(1);
    if (error.keyword === 'additionalProperties') {
      const unknown = String(params.additionalProperty);
      return isPlain(unknown)
        ? `There is no argument "${pathOf([...names, unknown])}".`
        : 'There is no argument of that name.';
    }
    if (error.keyword === 'required')
      return `The argument ${pathOf([...names, String(params.missingProperty)])} is missing.`;
    if (names.length === 0) return 'The arguments must be an object.';
    const path = pathOf(names);
    if (error.keyword === 'enum') return `The argument ${path} must be one of ${list(params.allowedValues)}.`;
    return `The argument ${path} ${error.message ?? 'is not valid'}.`;
  });
  return new MovieHubError('invalid_argument', [...new Set(reasons)].join(' '));
}

/** The same for what the schema's own library found: a refinement's words are those of the tool's author. */
export function explainIssues(issues: readonly StandardIssue[]): MovieHubError {
  const reasons = issues.map((issue) => {
    const { message, path = [], received } = issue as StandardIssue & { readonly received?: unknown };
    const names = path.map((part) => String(typeof part === 'object' ? part.key : part));
    // zod 3 repeats a value that is none of an enum's.
    const told = message.replace(`, received '${String(received)}'`, '');
    const sentence = /[.!?]$/.test(told) ? told : `${told}.`;
    return names.length === 0 ? `The arguments: ${sentence}` : `The argument ${pathOf(names)}: ${sentence}`;
  });
  return new MovieHubError('invalid_argument', [...new Set(reasons)].join(' '));
}

/** Where an argument is. A name may be the caller's own text: only plain words are shown. */
function pathOf(names: readonly string[]): string {
  return names.map((name) => (isPlain(name) ? name : '…')).join('.');
}

function isPlain(name: string): boolean {
  return /^[\w.-]{1,40}$/.test(name);
}

function list(values: unknown): string {
  return Array.isArray(values) ? values.map((value) => JSON.stringify(value)).join(', ') : 'those listed';
}
