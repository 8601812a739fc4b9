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

/** HTTP statuses of a model's timeout and of a model's error, which the client does not retry. */
const retryableStatuses: ReadonlySet<number> = new Set([408, 424]);

/** An answer that ended before its first word, as if all were well. */
export class EmptyAnswer extends Error {
  override readonly name = 'EmptyAnswer';

  constructor() {
    super('The stream ended before the answer began.');
  }
}

/** The fields of an AWS client error; one inside a stream that had begun has no metadata, one of a lost connection no fault. */
interface Failure {
  name?: string;
  message?: string;
  code?: string;
  $fault?: string;
  $metadata?: { attempts?: number; httpStatusCode?: number };
}

/**
 * Whether a failure may be temporary, and was not retried by the client.
 *
 * The client reads the first event of a stream before it returns the stream: a failure there goes through its retries, which
 * repeat throttling only. More than one attempt at another failure were attempts at an earlier one.
 */
export function isRetryable(cause: unknown): boolean {
  if (cause instanceof EmptyAnswer) return true;
  const failure = (cause ?? {}) as Failure;
  const { name, $metadata } = failure;
  const { attempts = 1, httpStatusCode = 200 } = $metadata ?? {};
  const kind = typeof name === 'string' ? name.toLowerCase() : '';
  if (retryableStatuses.has(httpStatusCode)) return true;
  if (isLostConnection(failure)) return attempts === 1;
  const isRetried = attempts > 1 && kind === throttling;
  return retryable.has(kind) && httpStatusCode === 200 && !isRetried;
}

const lostConnection = /^(ECONNRESET|EPIPE|ETIMEDOUT|ERR_HTTP2_|ERR_STREAM_PREMATURE_CLOSE|UND_ERR_SOCKET)/;
const lostConnectionText =
  /^aborted$|socket hang up|premature close|did not get a response|checksum|truncated/i;

/** Whether a connection broke. The AWS client wraps some of these without a code. */
function isLostConnection({ code, message, $fault }: Failure): boolean {
  if ($fault !== undefined) return false;
  return lostConnection.test(String(code)) || lostConnectionText.test(String(message));
}

/** Some models support no choice that forces a tool, and some none while they reason: both name it when they refuse. */
export function refusesToolChoice(cause: unknown): boolean {
  const { name, message } = (cause ?? {}) as Failure;
  return name === 'ValidationException' && /tool.?choice/i.test(String(message));
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
