// Logins of a bench on a server that others use too: of this process alone, and dropped with its end.
import { randomBytes } from 'node:crypto';

/** Each login may become these roles, and nothing else. */
const logins = { reader: ['movie_hub_reader'], both: ['movie_hub_reader', 'movie_hub_owner'] };

/**
 * Works with the URLs of a login for the tools (`reader`), and of one that may also become the owner (`both`).
 *
 * @param admin A pool whose login may create roles; `url` is its URL.
 */
export async function withLogins(admin, url, work) {
  const made = [];
  const urls = {};
  try {
    for (const [name, roles] of Object.entries(logins)) {
      const user = `movie_hub_bench_${process.pid}_${name}`;
      const password = randomBytes(24).toString('base64url');
      await admin.query(`CREATE ROLE ${user} LOGIN NOINHERIT PASSWORD '${password}'`);
      made.push(user);
      await admin.query(`GRANT ${roles.join(', ')} TO ${user}`);
      urls[name] = urlOf(url, user, password);
    }
    return await work(urls);
  } finally {
    for (const user of made) await admin.query(`DROP ROLE ${user}`);
  }
}

function urlOf(url, user, password) {
  const own = new URL(url);
  own.username = user;
  own.password = password;
  return own.href;
}
