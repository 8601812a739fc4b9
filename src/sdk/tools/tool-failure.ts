import { isMovieHubError } from '../errors';
import type { ToolOutcome } from './tool';

/** Makes the outcome of a call that failed: a fixed sentence with its code for the model, the cause for the log. */
export function toolFailure(error: unknown): ToolOutcome {
  if (isMovieHubError(error))
    return { text: `${error.message} (${error.code})`, errorCode: error.code, error, rows: 0 };
  const text = 'The tool failed. This is not because of the arguments. (internal)';
  return { text, errorCode: 'internal', error, rows: 0 };
}
