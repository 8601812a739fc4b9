import { MovieHubError } from '../errors';

const brand = Symbol.for('movie-hub.entitlements');

/**
 * What a principal may see, compiled to the terms of PostgreSQL: an immutable, validated value.
 *
 * The database layer applies it to each transaction and knows nothing of what it means.
 */
export interface Entitlements<Principal = unknown> {
  /** The role that the transaction runs as. */
  readonly role: string;
  /** Settings local to the transaction, which the policies read; names as in `rls.types`. */
  readonly settings: Readonly<Record<string, string>>;
  /** True when nothing at all may be seen; then no query is run. */
  readonly isEmpty: boolean;
  /**
   * Who is asking, for parameters that are bound out of the model's sight and for `onToolCall`. It decides nothing itself. A plain
   * object or a list is a frozen copy, all the way down, so that who is told of a call cannot change the next one.
   */
  readonly principal: Principal;
  /** Only {@link defineEntitlements} makes one. */
  readonly [brand]: true;
}

/**
 * Makes entitlements from a role and settings.
 *
 * @param definition The role; the settings; `isEmpty`, true when they allow nothing, so that no query need be run; and who is
 *   asking, whatever that is to you.
 * @returns The same, validated and frozen.
 * @throws MovieHubError `invalid_entitlements` when the role or a setting's name is not a plain identifier, a setting has
 *   no namespace (`rls.types` has), a value is not text, or `isEmpty` is not a boolean.
 */
export function defineEntitlements<Principal = undefined>(definition: {
  role: string;
  settings: Readonly<Record<string, string>>;
  isEmpty?: boolean;
  principal?: Principal;
}): Entitlements<Principal> {
  // Copied first: what is checked is what is kept.
  const { role, isEmpty = false, principal } = definition;
  const settings = { ...definition.settings };
  // PostgreSQL takes "none" for no role: the login itself, which on an embedded database is a superuser.
  if (typeof role !== 'string' || !/^[a-z_][a-z0-9_]{0,62}$/.test(role) || role === 'none')
    throw invalid('The role is not a plain identifier, or is none.');
  if (typeof isEmpty !== 'boolean') throw invalid('isEmpty must be true or false.');
  for (const [name, value] of Object.entries(settings)) {
    if (!/^[a-z_][a-z0-9_]*\.[a-z_][a-z0-9_]*$/.test(name))
      throw invalid('A setting needs a name such as rls.types.');
    if (typeof value !== 'string') throw invalid('The value of a setting must be text.');
  }
  const entitlements = { role, settings: Object.freeze(settings), isEmpty, principal: frozenCopy(principal) };
  // Not enumerable: an object spread into another, with a role or settings that nobody checked, is not entitlements.
  return Object.freeze(
    Object.defineProperty(entitlements, brand, { value: true }),
  ) as Entitlements<Principal>;
}

/** Tells whether a value was made by {@link defineEntitlements}, also by another copy of this package. */
export function isEntitlements(value: unknown): value is Entitlements {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, brand);
}

/**
 * Copies what is plain, and freezes the copy. What has a class of its own may need to change: that is its author's. What holds
 * itself does so in the copy too.
 */
function frozenCopy(value: unknown, copies = new Map<unknown, unknown>()): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const known = copies.get(value);
  if (known !== undefined) return known;
  const prototype: unknown = Object.getPrototypeOf(value);
  const isPlain = Array.isArray(value) || prototype === null || Object.getPrototypeOf(prototype) === null;
  if (!isPlain) return value;
  const copy: object = Array.isArray(value) ? [] : Object.create(prototype as object | null);
  copies.set(value, copy);
  for (const key of Reflect.ownKeys(value)) {
    const { enumerable = false } = Reflect.getOwnPropertyDescriptor(value, key) ?? {};
    const each = frozenCopy(Reflect.get(value, key), copies);
    if (key !== 'length' || !Array.isArray(value))
      Object.defineProperty(copy, key, { value: each, enumerable });
  }
  return Object.freeze(copy);
}

function invalid(message: string): MovieHubError {
  return new MovieHubError('invalid_entitlements', message);
}
