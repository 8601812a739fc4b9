import { defineEntitlements, type Entitlements } from '../database/entitlements';
import { MovieHubError } from '../errors';

/** Which titles a user may see. */
export interface MovieEntitlements {
  /**
   * Ids of title types, listed one by one: 1 is movie, 5 is TV movie. Empty means no title; there is no wildcard.
   * Each is a whole number from 1 to 2147483647; at most 100.
   */
  readonly titleTypes: readonly number[];
  /** Who is asking, for `onToolCall`. It decides nothing. */
  readonly principal?: unknown;
}

/**
 * Compiles a user's title types to what the movie policies read (`rls.types`).
 *
 * @throws MovieHubError `invalid_entitlements` when `titleTypes` is not a list of positive whole numbers.
 */
export function movieEntitlements(value: MovieEntitlements): Entitlements<unknown> {
  const types: unknown = (value as Partial<MovieEntitlements> | null | undefined)?.titleTypes;
  // Array.from: a list with holes has elements that `every` would skip.
  if (!Array.isArray(types) || types.length > 100 || !Array.from(types).every(isTypeId)) {
    throw new MovieHubError(
      'invalid_entitlements',
      'titleTypes must be a list of title type ids such as [1, 5]; an empty list means no title.',
    );
  }
  const distinct = [...new Set(types)].sort((a, b) => a - b);
  return defineEntitlements({
    role: 'movie_hub_reader',
    settings: { 'rls.types': `{${distinct.join(',')}}` },
    isEmpty: distinct.length === 0,
    principal: value.principal,
  });
}

function isTypeId(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) > 0 && (value as number) <= 2_147_483_647;
}
