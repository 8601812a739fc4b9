/**
 * Exceptions that Bedrock puts into a stream and that may not come again, in lower case: the client knows only some of them,
 * and passes on the names of the others as they are on the wire.
 */
const throttling = 'throttlingexception';
const retryable: ReadonlySet<string> = new Set([
  throttling,
  'modelstreamerrorexception',
  'modeltimeoutexception',
  'serviceunavailableexception',
  'internalserverexception',
]);

/** The wait before the first retry is at most this long, in ms. */
const firstWaitMs = 500;
/** No wait is longer, in ms. */
const longestWaitMs = 10_000;

/** What the AWS client tells of a failure: nothing at all of one inside a stream that had begun. */
interface Failure {
  name?: string;
  $metadata?: { attempts?: number; httpStatusCode?: number };
}

/**
 * Tells whether a failure came inside a stream, may pass, and has not been retried by the client.
 *
 * The client reads the first event of a stream before it hands the stream over: what fails there passes through its retries,
 * which repeat a throttling and nothing else. More than one attempt at another failure were attempts at something before it.
 */
export function isRetryable(cause: unknown): boolean {
  const { name, $metadata } = (cause ?? {}) as Failure;
  const { attempts = 1, httpStatusCode = 200 } = $metadata ?? {};
  const kind = typeof name === 'string' ? name.toLowerCase() : '';
  const isRetried = attempts > 1 && kind === throttling;
  return retryable.has(kind) && httpStatusCode === 200 && !isRetried;
}

/** Returns a random wait before a retry, in ms: half of it grows with each attempt, half is chance, so that callers spread. */
export function backOff(attempt: number): number {
  const longest = Math.min(firstWaitMs * 2 ** (attempt - 1), longestWaitMs);
  return longest / 2 + (Math.random() * longest) / 2;
}

/**
 * Middleware of the client that closes the response to an attempt which failed at its first event: the client would leave it
 * open, and may wait for its connection when it tries again.
 */
export function closeFailed<Arguments, Output>(next: (args: Arguments) => Promise<Output>) {
  return async (args: Arguments): Promise<Output> => {
    try {
      return await next(args);
    } catch (cause) {
      const { $response } = (cause ?? {}) as { $response?: { body?: { destroy?: () => void } } };
      $response?.body?.destroy?.();
      throw cause;
    }
  };
}
