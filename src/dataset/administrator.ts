import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';
import { databaseError } from 'movie-hub';
import type { Pool, PoolClient } from 'pg';

/** A login that serves one scope. */
export type ScopeLogin = {
  readonly purpose: 'reader' | 'editor' | 'accounts';
  /** Name of the login. */
  readonly user: string;
  /** Its new password; undefined when the login existed and kept its password. */
  readonly password: string | undefined;
};

/** What `createLogins` takes. */
export interface CreateLoginsOptions {
  /** Gives existing logins a new password; by default false. */
  newPasswords?: boolean;
  /**
   * Stores the logins before they become valid, so that no password is lost. If it throws or rejects, nothing changes on the server,
   * and `createLogins` rejects with that error.
   */
  save?: (logins: readonly ScopeLogin[]) => void | Promise<void>;
}

const purposes = ['reader', 'editor', 'accounts'] as const;

/**
 * Creates a login for each scope: a member of that scope's role only, without inheriting its rights.
 *
 * A reader's connection can therefore never become an editor, whatever SQL runs on it. An existing login keeps its other
 * privileges: `checkDatabase` refuses to serve one that has too many.
 *
 * The server receives passwords as SCRAM-SHA-256 verifiers only, so its logs contain none.
 *
 * @param pool A pool whose login may create roles.
 * @throws MovieHubError `query_failed` when it may not, or when the service accepts plain passwords only; `database_unavailable`.
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

/** Returns the verifier that PostgreSQL stores for an ASCII password (RFC 5803). */
function scramVerifier(password: string): string {
  const iterations = 4096;
  const salt = randomBytes(16);
  const salted = pbkdf2Sync(password, salt, iterations, 32, 'sha256');
  const hmac = (text: string) => createHmac('sha256', salted).update(text).digest();
  const storedKey = createHash('sha256').update(hmac('Client Key')).digest('base64');
  const serverKey = hmac('Server Key').toString('base64');
  return `SCRAM-SHA-256$${iterations}:${salt.toString('base64')}$${storedKey}:${serverKey}`;
}

/** By default everyone may connect to every database; where that was revoked, the login needs a grant. */
async function allowToConnect(client: PoolClient, user: string): Promise<void> {
  const { rows } = await client.query<{ statement: string }>(
    `SELECT format('GRANT CONNECT ON DATABASE %I TO %I', current_database(), $1::text) AS statement
     WHERE NOT has_database_privilege($1, current_database(), 'CONNECT')`,
    [user],
  );
  for (const { statement } of rows) await client.query(statement);
}

/**
 * Runs an administrator's work in one transaction on its own connection.
 *
 * It is not a scope: it has all the rights of the pool's login, so code that serves users must not call it.
 *
 * @throws MovieHubError as `runQuery` does, after a rollback.
 */
export async function withAdministrator<Result>(
  pool: Pool,
  work: (client: PoolClient) => Promise<Result>,
): Promise<Result> {
  const client = await pool.connect().catch((cause: unknown) => {
    throw databaseError(cause, { isConnecting: true });
  });
  let broken: unknown;
  try {
    await client.query('BEGIN');
    const result = await work(client);
    await client.query('COMMIT');
    return result;
  } catch (cause) {
    await client.query('ROLLBACK').catch((rollbackError: unknown) => {
      broken = rollbackError;
    });
    throw databaseError(cause, { client });
  } finally {
    client.release(broken !== undefined);
  }
}
