import type { ErrorObject, ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { MovieHubError } from '../errors';
import type { StandardIssue } from './schema';

/** Makes the function that checks values against a JSON Schema (draft 2020-12). It takes milliseconds. */
export function validatorOf(schema: object): ValidateFunction<unknown> {
  // A validator of its own for each: a shared one would keep every schema that it has ever seen.
  return new Ajv2020({ allErrors: true, strict: false, validateFormats: false, logger: false }).compile(
    schema,
  );
}

/** Says which argument is wrong and why, without repeating its value. */
export function explainErrors(errors: readonly ErrorObject[]): MovieHubError {
  const reasons = errors.map((error) => {
    const params: Record<string, unknown> = error.params;
    if (error.keyword === 'additionalProperties')
      return `There is no argument ${nameOnly(params.additionalProperty)}.`;
    if (error.keyword === 'required') return `The argument ${String(params.missingProperty)} is missing.`;
    const path = error.instancePath.slice(1).replaceAll('/', '.');
    if (path === '') return 'The arguments must be an object.';
    if (error.keyword === 'enum') return `The argument ${path} must be one of ${list(params.allowedValues)}.`;
    return `The argument ${path} ${error.message ?? 'is not valid'}.`;
  });
  return new MovieHubError('invalid_argument', [...new Set(reasons)].join(' '));
}

/** The same for what the schema's own library found: a refinement's words are those of the tool's author. */
export function explainIssues(issues: readonly StandardIssue[]): MovieHubError {
  const reasons = issues.map(({ message, path = [] }) => {
    const names = path.map((part) => String(typeof part === 'object' ? part.key : part));
    return names.length === 0 ? `The arguments: ${message}.` : `The argument ${names.join('.')}: ${message}.`;
  });
  return new MovieHubError('invalid_argument', [...new Set(reasons)].join(' ').replaceAll('..', '.'));
}

/** An unknown argument's name is the caller's own text: shown only when it is a plain word. */
function nameOnly(name: unknown): string {
  return /^[\w.-]{1,40}$/.test(String(name)) ? `"${String(name)}"` : 'of that name';
}

function list(values: unknown): string {
  return Array.isArray(values) ? values.map((value) => JSON.stringify(value)).join(', ') : 'those listed';
}
