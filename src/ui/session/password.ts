import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto';

/** What `hashPassword` takes. */
export interface HashPasswordOptions {
  /** Work factor N of scrypt, a power of two; 131,072 (2^17, about 0.3 s and 128 MiB) unless given. Less is for tests. */
  cost?: number;
}

const defaultCost = 2 ** 17;
const keyLength = 32;

/**
 * Hashes a password with scrypt and a random salt.
 *
 * @returns `scrypt$N$r$p$salt$hash`, with salt and hash in base64: a later change of the work factor leaves it valid.
 */
export async function hashPassword(password: string, options: HashPasswordOptions = {}): Promise<string> {
  const N = options.cost ?? defaultCost;
  const salt = randomBytes(16);
  const key = await derive(password, salt, keyLength, { N, r: 8, p: 1 });
  return `scrypt$${N}$8$1$${salt.toString('base64')}$${key.toString('base64')}`;
}

/**
 * Tells whether a password is the one that was hashed, in a time that does not depend on the answer.
 *
 * @param stored What `hashPassword` returned. Without it, the same work is done and the answer is no: so an account that
 *   does not exist takes as long as a wrong password.
 */
export async function verifyPassword(password: string, stored: string | undefined): Promise<boolean> {
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
