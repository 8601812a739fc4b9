import { isIPv6 } from 'node:net';
import pg from 'pg';
import { CommandFailure } from './failure';

/** Returns whether a text is a URL of PostgreSQL that node-postgres reads. */
export function isDatabaseUrl(text: string): boolean {
  const url = parse(text);
  return (
    url !== undefined && /^postgres(ql)?:$/.test(url.protocol) && /^\w+:\/\//.test(text) && url.hash === ''
  );
}

/** Returns whether a URL names several hosts: libpq tries them in turn, node-postgres takes them for one name. */
export function hasSeveralHosts(text: string): boolean {
  const url = parse(text);
  // Several ports are no URL at all.
  if (url === undefined) return /^postgres(ql)?:\/\/[^/?#]*,/.test(text);
  return url.hostname.includes(',') || (url.searchParams.get('host') ?? '').includes(',');
}

/** Returns whether a URL holds a password. */
export function hasPassword(text: string): boolean {
  const url = parse(text);
  return url !== undefined && (url.password !== '' || url.searchParams.has('password'));
}

/** A login without a host is right for a local socket, but no URL to the standard. */
function parse(text: string): URL | undefined {
  for (const each of [text, text.replace('@/', '@localhost/')]) if (URL.canParse(each)) return new URL(each);
  return undefined;
}

/**
 * Returns the URL of another login to the server and database that a URL leads to.
 *
 * Host, port and database are always written out, whether they come from the URL, from PG* variables or from defaults; further
 * parameters, such as `sslmode`, stay as they are.
 *
 * @param url A URL as `isDatabaseUrl` accepts it; '' for what the PG* variables name.
 * @throws CommandFailure for a name that node-postgres cannot read from any URL.
 */
export function loginUrl(url: string, login: { user: string; password: string }): string {
  const { host, port, database = '' } = target(url);
  const server = isIPv6(host) && !host.includes('%') ? `[${host}]` : encodeURIComponent(host);
  const user = `${encodeURIComponent(login.user)}:${encodeURIComponent(login.password)}`;
  // node-postgres decodes a database's name as a whole path.
  const built = `postgresql://${user}@${server}:${port}/${encodeURI(database)}${furtherParameters(url)}`;
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

/** What node-postgres makes of a URL. Nothing is connected. */
function target(url: string) {
  const { host, port, database, user, password } = new pg.Client(url === '' ? {} : { connectionString: url });
  return { host, port, database, user, password };
}

/** Those that are not part of the address or the login, as they were written. */
function furtherParameters(url: string): string {
  const query = url.includes('?') ? url.slice(url.indexOf('?') + 1) : '';
  const kept = query.split('&').filter((pair) => {
    const [name = ''] = new URLSearchParams(pair).keys();
    return !['', 'user', 'password', 'host', 'port'].includes(name);
  });
  return kept.length === 0 ? '' : `?${kept.join('&')}`;
}
