/** Exceptions that Bedrock puts into a stream and that may not come again; the AWS client never retries them. */
const retryable: ReadonlySet<string> = new Set([
  'ThrottlingException',
  'ModelStreamErrorException',
  'ServiceUnavailableException',
  'InternalServerException',
]);

/** The wait before the first retry is at most this long, in ms. */
const firstWaitMs = 500;
/** No wait is longer, in ms. */
const longestWaitMs = 10_000;

/** Tells whether a failure came inside a stream, so that nobody has retried it, and may pass. */
export function isRetryable(cause: unknown): boolean {
  const { name, $metadata } = (cause ?? {}) as { name?: string; $metadata?: { attempts?: number } };
  // Errors of HTTP count the client's own attempts.
  return name !== undefined && retryable.has(name) && $metadata?.attempts === undefined;
}

/** Returns a random wait before a retry, in ms: half of it grows with each attempt, half is chance, so that callers spread. */
export function backOff(attempt: number): number {
  const longest = Math.min(firstWaitMs * 2 ** (attempt - 1), longestWaitMs);
  return longest / 2 + (Math.random() * longest) / 2;
}
