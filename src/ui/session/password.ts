import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto';
import { limitConcurrency, MovieHubError } from 'movie-hub';

/** What `hashPassword` takes. */
export interface HashPasswordOptions {
  /** Work factor N of scrypt, a power of two; 131,072 (2^17, about 0.3 s and 128 MiB) unless given. Less is for tests. */
  cost?: number;
}

const defaultCost = 2 ** 17;
const keyLength = 32;

/** Two at once, because hashing blocks threads that files are read with: libuv has four. A wait takes about 2 s at most. */
const takeTurn = limitConcurrency({
  atOnce: 2,
  waiting: 10,
  waitMs: 10_000,
  refusal: () =>
    new MovieHubError('overloaded', 'Too many passwords are being checked. Try again in a few seconds.'),
});

/**
 * Runs work that hashes one password when it is its turn: in one process two run at once and ten wait.
 *
 * @throws MovieHubError `overloaded` before the work begins, when ten wait already.
 */
export function inHashingTurn<Result>(work: () => Promise<Result>): Promise<Result> {
  return takeTurn('password', work);
}

/**
 * Hashes a password with scrypt and a random salt. In one process two are hashed at once.
 *
 * @throws MovieHubError `overloaded` when ten wait already.
 * @returns `scrypt$N$r$p$salt$hash`, with salt and hash in base64: a later change of the work factor leaves it valid.
 */
export async function hashPassword(password: string, options: HashPasswordOptions = {}): Promise<string> {
  const N = options.cost ?? defaultCost;
  const salt = randomBytes(16);
  const key = await inHashingTurn(() => derive(password, salt, keyLength, { N, r: 8, p: 1 }));
  return `scrypt$${N}$8$1$${salt.toString('base64')}$${key.toString('base64')}`;
}

/**
 * Tells whether a password is the one that was hashed, in a time that does not depend on the answer. In one process two are
 * checked at once.
 *
 * @param stored What `hashPassword` returned. Without it, the same work is done and the answer is no: so an account that
 *   does not exist takes as long as a wrong password.
 * @throws MovieHubError `overloaded` when ten wait already.
 */
export function verifyPassword(password: string, stored: string | undefined): Promise<boolean> {
  return inHashingTurn(() => matches(password, stored));
}

/** Does the work of {@link verifyPassword}; only inside a hashing turn. */
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
  // Twice what scrypt needs: OpenSSL refuses a limit that is just enough.
  const options: ScryptOptions = { ...parameters, maxmem: 256 * parameters.N * parameters.r };
  return new Promise((resolve, reject) => {
    scrypt(password.normalize('NFKC'), salt, length, options, (error, key) =>
      error ? reject(error) : resolve(key),
    );
  });
}
