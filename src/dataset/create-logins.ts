import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';
import type { Pool, PoolClient } from 'pg';
import { withAdministrator } from './administrator';

/** A login that serves one scope. */
export interface ScopeLogin {
  readonly purpose: 'reader' | 'editor' | 'accounts';
  /** Name of the login. */
  readonly user: string;
  /** Its password when it was made or changed just now; undefined when it was there and was left as it is. */
  readonly password: string | undefined;
}

/** What `createLogins` takes. */
export interface CreateLoginsOptions {
  /** Gives logins that are there already a new password; false unless given. */
  newPasswords?: boolean;
  /**
   * Stores the logins before they become valid: when it throws or rejects, nothing is changed on the server, and the error is passed
   * on. So no password is lost.
   */
  save?: (logins: readonly ScopeLogin[]) => void | Promise<void>;
}

const purposes = ['reader', 'editor', 'accounts'] as const;

/**
 * Makes one login for each scope on a server: a member of that scope's role only, without inheriting its rights.
 *
 * A reader's connection can thus never become an editor, whatever SQL runs on it. A login that is there already keeps what
 * else it was given: `checkDatabase` refuses to serve one that was given too much.
 *
 * Passwords leave this process as SCRAM-SHA-256 verifiers only, so no log of the server's statements holds one.
 *
 * @param pool A pool whose login may create roles.
 * @throws MovieHubError `query_failed` when it may not, or when the service takes plain passwords only; `database_unavailable`.
 */
export async function createLogins(pool: Pool, options: CreateLoginsOptions = {}): Promise<ScopeLogin[]> {
  let notSaved: { cause: unknown } | undefined;
  const work = withAdministrator(pool, async (client) => {
    const logins: ScopeLogin[] = [];
    for (const purpose of purposes) {
      const user = `movie_hub_${purpose}_login`;
      const { rowCount } = await client.query('SELECT FROM pg_roles WHERE rolname = $1', [user]);
      const password =
        rowCount === 0 || options.newPasswords ? randomBytes(24).toString('base64url') : undefined;
      if (rowCount === 0) await client.query(`CREATE ROLE ${user} LOGIN`);
      await client.query(`ALTER ROLE ${user} NOINHERIT`);
      // Statements about roles take no parameters; a verifier is base64 with $ and : and needs no quoting.
      if (password !== undefined)
        await client.query(`ALTER ROLE ${user} PASSWORD '${scramVerifier(password)}'`);
      await client.query(`GRANT movie_hub_${purpose} TO ${user}`);
      await allowToConnect(client, user);
      logins.push({ purpose, user, password });
    }
    try {
      await options.save?.(logins);
    } catch (cause) {
      notSaved = { cause };
      throw cause;
    }
    return logins;
  });
  return work.catch((cause: unknown) => {
    throw notSaved ? notSaved.cause : cause;
  });
}

/** Returns what PostgreSQL stores of a password, as RFC 5803 writes it. The password must be ASCII. */
function scramVerifier(password: string): string {
  const iterations = 4096;
  const salt = randomBytes(16);
  const salted = pbkdf2Sync(password, salt, iterations, 32, 'sha256');
  const hmac = (text: string) => createHmac('sha256', salted).update(text).digest();
  const storedKey = createHash('sha256').update(hmac('Client Key')).digest('base64');
  const serverKey = hmac('Server Key').toString('base64');
  return `SCRAM-SHA-256$${iterations}:${salt.toString('base64')}$${storedKey}:${serverKey}`;
}

/** By default everybody may connect to every database; where that was revoked, the login needs it said. */
async function allowToConnect(client: PoolClient, user: string): Promise<void> {
  const { rows } = await client.query<{ statement: string }>(
    `SELECT format('GRANT CONNECT ON DATABASE %I TO %I', current_database(), $1::text) AS statement
     WHERE NOT has_database_privilege($1, current_database(), 'CONNECT')`,
    [user],
  );
  for (const { statement } of rows) await client.query(statement);
}
