import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loginUrl } from '../../src/cli/database-url';
import { administeredServer, servedDatabase, type TypedDatabase } from '../../src/cli/environment';

/** The variables that node-postgres reads by itself; each test sets its own. */
const variables = ['PGHOST', 'PGPORT', 'PGDATABASE', 'PGUSER', 'PGPASSWORD'];
const before = variables.map((name) => [name, process.env[name]] as const);
beforeEach(() => {
  for (const name of variables) delete process.env[name];
});
afterEach(() => {
  for (const [name, value] of before) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
});

/** Where node-postgres connects with a URL, and as whom. */
function target(url: string) {
  const { host, port, database, user, password } = new pg.Client(url === '' ? {} : { connectionString: url });
  return { host, port, database, user, password };
}

describe('the URL of another login', () => {
  it.each<[string, string, Record<string, string>?]>([
    ['postgresql://admin:secret@db.example.com:6543/films', '@db.example.com:6543/films'],
    ['postgres://admin:secret@db.example.com/films', '@db.example.com:5432/films'],
    // Sockets.
    ['postgresql:///films?host=/var/run/postgresql', '@%2Fvar%2Frun%2Fpostgresql:5432/films'],
    ['postgresql://admin:secret@/films?host=/sock&port=6543', '@%2Fsock:6543/films'],
    ['postgresql://admin@localhost/films?host=/my%20sock', '@%2Fmy%20sock:5432/films'],
    ['postgresql://%2Fvar%2Frun:6543/films?user=admin&password=secret', '@%2Fvar%2Frun:6543/films'],
    // IPv6.
    ['postgresql://admin:secret@[::1]/films', '@[::1]:5432/films'],
    ['postgresql://admin:secret@[2001:db8::7]:6543/films', '@[2001:db8::7]:6543/films'],
    ['postgresql:///films?host=fe80::1%25eth0', '@fe80%3A%3A1%25eth0:5432/films'],
    // Special characters.
    ['postgresql://ad%40min:se%3Acret%2F@h/my%20films', '@h:5432/my%20films'],
    ['postgresql://admin@h/a%25b', '@h:5432/a%25b'],
    ['postgresql://admin@h/%C3%A9t%C3%A9', '@h:5432/%C3%A9t%C3%A9'],
    ["postgresql://admin@h/it's+a=b&c", "@h:5432/it's+a=b&c"],
    // Empty parts.
    ['postgresql:///films', '@localhost:5432/films'],
    ['postgresql://admin@h', '@h:5432/admin'],
    ['postgresql://admin:@h:/films', '@h:5432/films'],
    ['postgresql://admin@h/films?', '@h:5432/films'],
    // Parameters, but none that would win over login and address.
    ['postgresql://admin@h/films?sslmode=verify-full&x=a%20b', '@h:5432/films?sslmode=verify-full&x=a%20b'],
    ['postgresql://h/films?user=admin&sslmode=disable&password=secret', '@h:5432/films?sslmode=disable'],
    ['postgresql://h/films?%75ser=admin&application_name=a', '@h:5432/films?application_name=a'],
    // PG* variables, alone and for what a URL leaves out.
    [
      '',
      '@10.0.0.7:6543/films',
      { PGHOST: '10.0.0.7', PGPORT: '6543', PGDATABASE: 'films', PGUSER: 'admin' },
    ],
    ['', '@%2Fsock:5432/my%20films', { PGHOST: '/sock', PGDATABASE: 'my films', PGPASSWORD: 'secret' }],
    ['', '@[::1]:5432/admin', { PGHOST: '::1', PGUSER: 'admin' }],
    ['postgresql:///films', '@%2Fsock:5432/films', { PGHOST: '/sock', PGUSER: 'admin' }],
  ])('%s', (url, rest, environment = {}) => {
    Object.assign(process.env, environment);
    const login = { user: 'movie_hub_reader_login', password: 'p:w@/?#%&= é' };
    const built = loginUrl(url, login);
    expect(built).toBe(`postgresql://movie_hub_reader_login:p%3Aw%40%2F%3F%23%25%26%3D%20%C3%A9${rest}`);
    expect(target(built)).toEqual({ ...target(url), ...login });
    expect(URL.canParse(built), 'for other programs').toBe(true);
    expect(servedDatabase({}, { DATABASE_URL: built })).toEqual({ url: built, source: 'DATABASE_URL' });
  });

  it('is refused for a database that no URL can name', () => {
    process.env.PGDATABASE = 'films?';
    expect(() => loginUrl('', { user: 'u', password: 'p' })).toThrow('"films?" cannot be written');
  });
});

const typedUrl = 'postgresql://typed@h/d';
const reader = 'postgresql://reader@h/d';
const admin = 'postgresql://admin@h/d';
const both = { DATABASE_URL: reader, MOVIE_HUB_ADMIN_URL: admin, PGHOST: 'h' };

describe('which database a command uses', () => {
  it.each<[typed: TypedDatabase, environment: Record<string, string>, chosen: object]>([
    [{}, {}, { dataDir: '.movie-hub' }],
    [{}, both, { url: reader, source: 'DATABASE_URL' }],
    [{}, { MOVIE_HUB_ADMIN_URL: admin }, { dataDir: '.movie-hub' }],
    [{}, { PGHOST: 'h', PGUSER: 'u' }, { url: '', source: 'PGHOST, PGUSER' }],
    [{}, { DATABASE_URL: '', PGHOST: '' }, { dataDir: '.movie-hub' }],
    [{ dataDir: 'x' }, {}, { dataDir: 'x' }],
    [{ dataDir: 'x' }, both, { dataDir: 'x' }],
    [{ dataDir: '.movie-hub' }, both, { dataDir: '.movie-hub' }],
    [{ databaseUrl: typedUrl }, both, { url: typedUrl, source: '--database-url' }],
  ])('to serve: typed %j, set %j', (typed, environment, chosen) => {
    expect(servedDatabase(typed, environment)).toEqual(chosen);
  });

  it.each<[typed: TypedDatabase, environment: Record<string, string>, chosen: object]>([
    [{}, both, { url: admin, source: 'MOVIE_HUB_ADMIN_URL' }],
    [{}, { DATABASE_URL: reader }, { url: reader, source: 'DATABASE_URL' }],
    [{}, { PGDATABASE: 'd' }, { url: '', source: 'PGDATABASE' }],
    [{ databaseUrl: typedUrl }, both, { url: typedUrl, source: '--database-url' }],
  ])('to administer: typed %j, set %j', (typed, environment, chosen) => {
    expect(administeredServer(typed, environment)).toEqual(chosen);
  });

  it.each<[TypedDatabase, Record<string, string>, string]>([
    [{ dataDir: 'x', databaseUrl: typedUrl }, {}, '--data-dir and --database-url name two databases'],
    [{ databaseUrl: 'postgresql://a,b/films' }, {}, '--database-url names several hosts'],
    [{}, { DATABASE_URL: 'postgresql://a:1,b:2/films' }, 'DATABASE_URL names several hosts'],
    [{ databaseUrl: 'postgresql:///films?host=a,b' }, {}, '--database-url names several hosts'],
    [{ databaseUrl: 'postgresql:films' }, {}, '--database-url must look like'],
    [{ databaseUrl: 'postgresql://u#secret@h/films' }, {}, '--database-url must look like'],
    [{ databaseUrl: 'mysql://u@/films' }, {}, '--database-url must look like'],
  ])('%j, set %j, is refused as wrong usage', (typed, environment, message) => {
    expect(() => servedDatabase(typed, environment)).toThrow(
      expect.objectContaining({ exitCode: 2, message: expect.stringContaining(message) }),
    );
  });

  it.each<[string, boolean]>([
    ['postgresql://u:secret@h/d', true],
    ['postgresql://u:secret@/d?host=/sock', true],
    ['postgresql://h/d?user=u&password=secret', true],
    ['postgresql://u@h/d', false],
    ['postgresql:///d?host=/sock', false],
  ])('a password in %s on the command line is warned of: %s', (databaseUrl, isWarned) => {
    const warnings: string[] = [];
    const warn = (warning: string) => void warnings.push(warning);
    servedDatabase({ databaseUrl }, {}, warn);
    administeredServer({ databaseUrl }, {}, warn);
    servedDatabase({}, { DATABASE_URL: databaseUrl }, warn);
    expect(warnings.map((warning) => /Set (\w+) instead/.exec(warning)?.[1])).toEqual(
      isWarned ? ['DATABASE_URL', 'MOVIE_HUB_ADMIN_URL'] : [],
    );
    expect(warnings.join()).not.toContain('secret');
  });
});
