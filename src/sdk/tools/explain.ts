import type { ErrorObject } from 'ajv';
import { MovieHubError } from '../errors';
import { mostReasons } from './outline-faults';
import { isPlain, pathOf } from './paths';
import type { StandardIssue } from './schema';

/** Characters of what a caller is told: more would fill a model's context, and says no more. */
const longestText = 1_000;

/** Makes the refusal of arguments, bounded whatever was sent. */
export function refusalOf(reasons: Iterable<string>): MovieHubError {
  const told: string[] = [];
  let length = 0;
  for (const reason of new Set(reasons)) {
    const text = reason.length > longestText ? `${reason.slice(0, longestText - 1)}…` : reason;
    length += text.length + 1;
    if (told.length === mostReasons || length > longestText + 1) break;
    told.push(text);
  }
  return new MovieHubError('invalid_argument', told.join(' '));
}

/** Says which argument is wrong and why, without repeating its value. */
export function explainErrors(errors: readonly ErrorObject[]): readonly string[] {
  return errors.slice(0, mostReasons).map((error) => {
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
    if (names.length === 0) return `The arguments ${error.message ?? 'are not valid'}.`;
    const path = pathOf(names);
    if (error.keyword === 'enum') return `The argument ${path} must be one of ${list(params.allowedValues)}.`;
    return `The argument ${path} ${error.message ?? 'is not valid'}.`;
  });
}

/** An issue of zod, which has a code. */
interface ZodIssue extends StandardIssue {
  readonly code?: unknown;
}

/** The same for what the schema's own library found: a refinement's words are those of the tool's author. */
export function explainIssues(issues: readonly StandardIssue[]): readonly string[] {
  return issues.slice(0, mostReasons).map((issue) => {
    const { message, path = [], code } = issue as ZodIssue;
    const names = path.map((part) => String(typeof part === 'object' ? part.key : part));
    const argument = names.length === 0 ? 'The arguments' : `The argument ${pathOf(names)}`;
    // It repeats the names that a caller chose.
    if (code === 'unrecognized_keys') return `${argument}: there is no argument of that name.`;
    return `${argument}: ${/[.!?]$/.test(message) ? message : `${message}.`}`;
  });
}

function list(values: unknown): string {
  return Array.isArray(values) ? values.map((value) => JSON.stringify(value)).join(', ') : 'those listed';
}
