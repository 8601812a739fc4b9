import { isIPv6 } from 'node:net';
import pg from 'pg';
import { CommandFailure } from './failure';

/** Returns whether a text is a PostgreSQL URL that node-postgres accepts. */
export function isDatabaseUrl(text: string): boolean {
  const url = parse(text);
  return (
    url !== undefined && /^postgres(ql)?:$/.test(url.protocol) && /^\w+:\/\//.test(text) && url.hash === ''
  );
}

/** Returns whether a URL names several hosts: libpq tries them in turn, node-postgres treats them as one name. */
export function hasSeveralHosts(text: string): boolean {
  const url = parse(text);
  // Several ports make the URL invalid.
  if (url === undefined) return /^postgres(ql)?:\/\/[^/?#]*,/.test(text);
  return url.hostname.includes(',') || (url.searchParams.get('host') ?? '').includes(',');
}

/** Returns whether a URL contains a password. */
export function hasPassword(text: string): boolean {
  const url = parse(text);
  return url !== undefined && (url.password !== '' || url.searchParams.has('password'));
}

/** Also accepts a login without a host, for a local socket, which is not a valid URL. */
function parse(text: string): URL | undefined {
  for (const each of [text, text.replace('@/', '@localhost/')]) if (URL.canParse(each)) return new URL(each);
  return undefined;
}

/**
 * Returns the URL for another login to the same server and database.
 *
 * Host, port and database are always included, whether they come from the URL, PG* variables or defaults. Other parameters,
 * such as `sslmode`, are unchanged.
 *
 * @param url A URL that `isDatabaseUrl` accepts; '' to use the PG* variables.
 * @throws CommandFailure for a name that node-postgres cannot read from any URL.
 */
export function loginUrl(url: string, login: { user: string; password: string }): string {
  const { host, port, database = '' } = target(url);
  const server = isIPv6(host) && !host.includes('%') ? `[${host}]` : encodeURIComponent(host);
  const user = `${encodeURIComponent(login.user)}:${encodeURIComponent(login.password)}`;
  // node-postgres decodes the database name as a path.
  const built = `postgresql://${user}@${server}:${port}/${encodeURI(database)}${otherParameters(url)}`;
  const read = target(built);
  const isRight =
    read.host === host &&
    read.port === port &&
    read.database === database &&
    read.user === login.user &&
    read.password === login.password;
  if (isRight) return built;
  throw new CommandFailure(
    `The database's name ${JSON.stringify(database)} cannot be written in a connection URL. Rename the database.`,
  );
}

/** Parses a URL as node-postgres does, without connecting. */
function target(url: string) {
  const { host, port, database, user, password } = new pg.Client(url === '' ? {} : { connectionString: url });
  return { host, port, database, user, password };
}

/** Returns parameters other than address and login, unchanged. */
function otherParameters(url: string): string {
  const query = url.includes('?') ? url.slice(url.indexOf('?') + 1) : '';
  const kept = query.split('&').filter((pair) => {
    const [name = ''] = new URLSearchParams(pair).keys();
    return !['', 'user', 'password', 'host', 'port'].includes(name);
  });
  return kept.length === 0 ? '' : `?${kept.join('&')}`;
}
