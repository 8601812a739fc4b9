import { isMovieHubError, MovieHubError } from '../errors';

/** Longest wait for a function that tells entitlements, in ms. */
const entitlementsTimeoutMs = 5_000;

/** A value, or a function (may be async) that is asked for it at every call. */
export type EntitlementsSource<Value> = Value | (() => Value | Promise<Value>);

/**
 * Asks a source for its value; denies when it has none.
 *
 * It is awaited before any connection is taken, so a source that itself queries the database cannot wait for a
 * connection that its own caller holds.
 *
 * @throws MovieHubError `entitlements_unavailable` when the function throws, returns null or takes over 5 s;
 *   `invalid_entitlements` passes through.
 */
export async function resolveEntitlements<Value>(source: EntitlementsSource<Value>): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  try {
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(
        () => reject(new Error('The entitlements function took too long.')),
        entitlementsTimeoutMs,
      );
    });
    const value = isFunction(source) ? await Promise.race([Promise.resolve().then(source), late]) : source;
    if (value === null || value === undefined) throw new Error('The entitlements function returned nothing.');
    return value;
  } catch (cause) {
    if (isMovieHubError(cause) && cause.code === 'invalid_entitlements') throw cause;
    throw new MovieHubError(
      'entitlements_unavailable',
      'What you may see could not be determined. Try again later.',
      {
        cause,
      },
    );
  } finally {
    clearTimeout(timer);
  }
}

function isFunction<Value>(source: EntitlementsSource<Value>): source is () => Value | Promise<Value> {
  return typeof source === 'function';
}
