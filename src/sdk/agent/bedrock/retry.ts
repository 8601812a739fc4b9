/**
 * Temporary exceptions that Bedrock puts into a stream, in lower case: the client knows only some of them, and passes on the names
 * of the others as they are on the wire.
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

/** The fields of an AWS client error; one inside a stream that had begun has no metadata. */
interface Failure {
  name?: string;
  $metadata?: { attempts?: number; httpStatusCode?: number };
}

/**
 * Whether a failure came inside a stream, may be temporary, and was not retried by the client.
 *
 * The client reads the first event of a stream before it returns the stream: a failure there goes through its retries, which
 * repeat throttling only. More than one attempt at another failure were attempts at an earlier one.
 */
export function isRetryable(cause: unknown): boolean {
  const { name, $metadata } = (cause ?? {}) as Failure;
  const { attempts = 1, httpStatusCode = 200 } = $metadata ?? {};
  const kind = typeof name === 'string' ? name.toLowerCase() : '';
  const isRetried = attempts > 1 && kind === throttling;
  return retryable.has(kind) && httpStatusCode === 200 && !isRetried;
}

/** Returns the wait before a retry, in ms. It grows with each attempt, and half of it is random, so that callers spread out. */
export function backOff(attempt: number): number {
  const longest = Math.min(firstWaitMs * 2 ** (attempt - 1), longestWaitMs);
  return longest / 2 + (Math.random() * longest) / 2;
}

/**
 * Middleware of the client that closes the response of an attempt that failed at its first event: the client would leave it open,
 * and may wait for its connection in the next attempt.
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
