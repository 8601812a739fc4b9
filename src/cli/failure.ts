import { isMovieHubError } from 'movie-hub';

/** A failure with a one-line message: what happened, and what to do. */
export class CommandFailure extends Error {
  /** 2 for wrong usage, 1 for anything else. */
  readonly exitCode: 1 | 2;

  constructor(message: string, exitCode: 1 | 2 = 1, options?: { cause?: unknown }) {
    super(message, options);
    this.exitCode = exitCode;
  }
}

/** Writes one line to standard error and returns the exit code. Never a stack, unless MOVIE_HUB_DEBUG is set. */
export function reportFailure(error: unknown): 1 | 2 {
  const message = error instanceof Error ? error.message : String(error);
  const reason = isMovieHubError(error) ? reasonOf(error.cause) : '';
  process.stderr.write(`movie-hub: ${toOneLine(reason === '' ? message : `${message} (${reason})`)}\n`);
  if (process.env.MOVIE_HUB_DEBUG) process.stderr.write(`${formatStacks(error)}\n`);
  return error instanceof CommandFailure ? error.exitCode : 1;
}

/** Writes a one-line warning to standard error. */
export function writeWarning(warning: string): void {
  process.stderr.write(`Warning: ${toOneLine(warning)}\n`);
}

/** Returns the driver's message, '' without one. The library hides it, but the user of a command may see it. */
export function reasonOf(cause: unknown): string {
  const { message, code, errors } = (cause ?? {}) as {
    message?: string;
    code?: string;
    errors?: { message?: string }[];
  };
  return toOneLine(message || errors?.[0]?.message || code || '');
}

/** Joins the lines of a message. */
export function toOneLine(text: string): string {
  return text.trim().replaceAll(/\s*\n\s*/g, ' ');
}

function formatStacks(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined
    ? String(error.stack)
    : `${error.stack}\ncaused by: ${formatStacks(error.cause)}`;
}
