import type { FailureReason } from '../events';
import { wellFormed } from '../wire';

/** What is known of the process of a server: the end of its error output, and how it ended if it has. */
export interface ServerProcess {
  readonly errorOutput: string;
  readonly ending: string | undefined;
}

const maxReason = 1_000;

/** Says why a server, or a call of one, failed: for its developer. */
export function reasonOf(cause: unknown, process?: ServerProcess): FailureReason {
  const { code, name } = (cause ?? {}) as { code?: unknown; name?: unknown };
  const reason = wellFormed((process?.ending ?? wordsOf(cause)).slice(0, maxReason));
  // Codes of JSON-RPC errors may be any number.
  const isStatus = name !== 'McpError' && typeof code === 'number' && code >= 100 && code < 600;
  const stderr = process?.errorOutput;
  return { reason, ...(isStatus && { status: code }), ...(stderr && { stderr: wellFormed(stderr) }) };
}

/** The words of an error and of what caused it: `fetch failed` says little by itself. */
function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const first = error instanceof AggregateError ? error.errors[0] : undefined;
  const cause = error.cause ?? first;
  return [error.message, cause && wordsOf(cause)].filter(Boolean).join(': ');
}
