import { randomBytes, randomInt, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto';
import { limitConcurrency, MovieHubError } from 'movie-hub';

/** Options of `hashPassword`. */
export interface HashPasswordOptions {
  /** Work factor N of scrypt, a power of two; by default 131,072 (2^17, about 0.3 s and 128 MiB). Use less only in tests. */
  cost?: number;
}

const defaultCost = 2 ** 17;
const keyLength = 32;

/** Two at once, because hashing blocks libuv threads, of which there are four by default. Ten waiting take about 2 s. */
const hashingQueue = limitConcurrency({
  atOnce: 2,
  waiting: 10,
  waitMs: 10_000,
  refusal: () =>
    new MovieHubError('overloaded', 'Too many passwords are being checked. Try again in a few seconds.'),
});

/**
 * Runs work that hashes a password. In one process two run at once and up to ten wait.
 *
 * @throws MovieHubError `overloaded` when ten are already waiting; the work then does not run.
 */
export function withHashingSlot<Result>(work: () => Promise<Result>): Promise<Result> {
  return hashingQueue('password', work);
}

/**
 * Hashes a password with scrypt and a random salt. In one process two are hashed at once.
 *
 * @throws MovieHubError `overloaded` when ten are already waiting.
 * @returns `scrypt$N$r$p$salt$hash`, with salt and hash in base64: it stays valid when the default work factor changes.
 */
export async function hashPassword(password: string, options: HashPasswordOptions = {}): Promise<string> {
  const N = options.cost ?? defaultCost;
  const salt = randomBytes(16);
  const key = await withHashingSlot(() => derive(password, salt, keyLength, { N, r: 8, p: 1 }));
  return `scrypt$${N}$8$1$${salt.toString('base64')}$${key.toString('base64')}`;
}

/**
 * Verifies a password against its hash, in constant time. In one process two are verified at once.
 *
 * @param stored The result of `hashPassword`. Without it, the result is false after the same work, so that a missing account takes
 *   as long as a wrong password.
 * @throws MovieHubError `overloaded` when ten are already waiting.
 */
export function verifyPassword(password: string, stored: string | undefined): Promise<boolean> {
  return withHashingSlot(() => matches(password, stored));
}

/** Does the work of {@link verifyPassword}; call it only in {@link withHashingSlot}. */
export async function matches(password: string, stored: string | undefined): Promise<boolean> {
  const [, N, r, p, salt, hash] = /^scrypt\$(\d+)\$(\d+)\$(\d+)\$([^$]+)\$([^$]+)$/.exec(stored ?? '') ?? [];
  const expected = hash === undefined ? randomBytes(keyLength) : Buffer.from(hash, 'base64');
  const parameters = { N: Number(N ?? defaultCost), r: Number(r ?? 8), p: Number(p ?? 1) };
  const given = await derive(password, Buffer.from(salt ?? '', 'base64'), expected.length, parameters);
  return timingSafeEqual(given, expected) && hash !== undefined;
}

function derive(
  password: string,
  salt: Buffer,
  length: number,
  parameters: { N: number; r: number; p: number },
): Promise<Buffer> {
  // Twice what scrypt needs: OpenSSL refuses the exact amount.
  const options: ScryptOptions = { ...parameters, maxmem: 256 * parameters.N * parameters.r };
  return new Promise((resolve, reject) => {
    scrypt(password.normalize('NFKC'), salt, length, options, (error, key) =>
      error ? reject(error) : resolve(key),
    );
  });
}

/** Without letters and digits that look alike. */
const alphabet = 'abcdefghjkmnpqrstuvwxyz23456789';

/** Generates an initial password: 20 random characters, about 99 bits, in groups of five. */
export function initialPassword(): string {
  const group = () => Array.from({ length: 5 }, () => alphabet[randomInt(alphabet.length)]).join('');
  return [group(), group(), group(), group()].join('-');
}
