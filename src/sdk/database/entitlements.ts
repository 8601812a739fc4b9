import { isMovieHubError, MovieHubError } from '../errors';

const brand = Symbol.for('movie-hub.entitlements');

/**
 * What a principal may see, compiled to the terms of PostgreSQL: an immutable, validated value.
 *
 * The database layer applies it to each transaction and knows nothing of what it means.
 */
export interface Entitlements<Principal = unknown> {
  /** The role that the transaction runs as. */
  readonly role: string;
  /** Settings local to the transaction, which the policies read; names as in `rls.types` or `request.jwt.claims`. */
  readonly settings: Readonly<Record<string, string>>;
  /** True when nothing at all may be seen; then no query is run. */
  readonly isEmpty: boolean;
  /**
   * Who is asking, for parameters that are bound out of the model's sight and for `onToolCall`. It decides nothing itself. A plain
   * object or a list is a frozen copy, all the way down, so that a listener of one call cannot change the next.
   */
  readonly principal: Principal;
  /** Only {@link defineEntitlements} makes one. */
  readonly [brand]: true;
}

/**
 * Makes entitlements from a role and settings, whose names are all that PostgreSQL takes.
 *
 * @param definition The role; the settings; `isEmpty`, true when they allow nothing, so that no query need be run; and who is
 *   asking, whatever that is to you.
 * @returns The same, validated and frozen.
 * @throws MovieHubError `invalid_entitlements` when no role of yours can have the role's name (1 to 63 bytes; not `none`, `public` or
 *   `pg_…`, which are PostgreSQL's own), a setting's name is not of two or more identifiers with dots between them (one without a dot would
 *   be PostgreSQL's own setting), two names differ in the case of ASCII letters only, a value is not text that PostgreSQL can
 *   hold, or `isEmpty` is not a boolean.
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
  if (!isText(role) || role === '' || Buffer.byteLength(role) > 63)
    throw invalid('The role must be a name of 1 to 63 bytes.');
  // PostgreSQL takes "none" for no role: the login itself, which on an embedded database is a superuser.
  if (role === 'none' || role === 'public' || role.startsWith('pg_'))
    throw invalid(
      'The role must be one of yours: none, public and those that begin with pg_ are of PostgreSQL itself.',
    );
  if (typeof isEmpty !== 'boolean') throw invalid('isEmpty must be true or false.');
  const names = new Set<string>();
  for (const [name, value] of Object.entries(settings)) {
    if (!isText(name) || !settingName.test(name))
      throw invalid('A setting needs a name such as rls.types or request.jwt.claims.');
    // To PostgreSQL they are one setting, and the last would win.
    const folded = name.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
    if (names.has(folded))
      throw invalid('A setting is given twice: its names differ in upper and lower case only.');
    names.add(folded);
    if (!isText(value))
      throw invalid('The value of a setting must be text, without zero bytes or half characters.');
  }
  const entitlements = { role, settings: Object.freeze(settings), isEmpty, principal: frozenCopy(principal) };
  // Not enumerable: an object spread into another, with a role or settings that nobody checked, is not entitlements.
  return Object.freeze(
    Object.defineProperty(entitlements, brand, { value: true }),
  ) as Entitlements<Principal>;
}

/** Identifiers with dots between them: what PostgreSQL takes for a setting that is not its own. */
const settingName =
  /^[A-Za-z_\u{80}-\u{10ffff}][\w$\u{80}-\u{10ffff}]*(?:\.[A-Za-z_\u{80}-\u{10ffff}][\w$\u{80}-\u{10ffff}]*)+$/u;

/** Whether a value is text that PostgreSQL can hold as it is. */
function isText(value: unknown): value is string {
  return typeof value === 'string' && !/[\0\p{Surrogate}]/u.test(value);
}

/** Returns whether a value was made by {@link defineEntitlements}, also by another copy of this package. */
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

/** Longest wait for a function that returns entitlements, in ms. */
const entitlementsTimeoutMs = 5_000;

/** A value, or a function (may be async) that returns it at every call. */
export type EntitlementsSource<Value> = Value | (() => Value | Promise<Value>);

/**
 * Resolves a source to its value; denies when it has none.
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

/** Makes a source of compiled entitlements: what is no function is compiled now, and a missing value stays missing. */
export function compileEntitlements<Value, Compiled>(
  source: EntitlementsSource<Value>,
  compile: (value: Value) => Compiled,
): EntitlementsSource<Compiled> {
  if (!isFunction(source)) return compile(source);
  return async () => {
    const value = await source();
    return value === null || value === undefined ? (value as unknown as Compiled) : compile(value);
  };
}

function isFunction<Value>(source: EntitlementsSource<Value>): source is () => Value | Promise<Value> {
  return typeof source === 'function';
}
