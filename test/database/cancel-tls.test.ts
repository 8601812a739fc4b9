import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkDatabase, createPool, defineEntitlements, runQuery, withEntitlements } from 'movie-hub';
import { expect, onTestFinished, test } from 'vitest';
import { databaseKinds, startServer } from '../support/databases';
import { openCancelGate } from './cancel-gate';
import { poolOf } from './pool-of';
import { ofCode } from './scope-database';
import { makeSleeper } from './sleeper';

const hasOpenssl = spawnSync('openssl', ['version']).status === 0;
if (!hasOpenssl) {
  const message = 'LEFT OUT: the test over TLS: install openssl (Debian: apt-get install openssl)';
  if (process.env.CI) throw new Error(`In CI nothing may be left out.\n${message}`);
  process.stderr.write(`${message}\n`);
}

test.runIf(hasOpenssl && databaseKinds.includes('server'))(
  'a query is ended over TLS where the connection itself uses it',
  async () => {
    const server = await startServer();
    onTestFinished(() => server.stop());
    const superuser = poolOf(server.url, 2);
    onTestFinished(() => superuser.end());
    const ca = await turnOnTls((statement) => superuser.query(statement));
    await superuser.query(`CREATE ROLE test_reader`);
    await superuser.query(
      `CREATE ROLE test_login LOGIN NOINHERIT PASSWORD 'for-the-test' IN ROLE test_reader`,
    );

    const url = Object.assign(new URL(server.url), { username: 'test_login', password: 'for-the-test' });
    const gate = await openCancelGate(url.href);
    onTestFinished(() => gate.close());
    // The certificate names the host, and is checked for the request to cancel too.
    const pool = createPool({ connectionString: gate.url, max: 1, ssl: { ca } });
    onTestFinished(() => pool.end());
    const distrustful = createPool({ connectionString: url.href, max: 1, ssl: true });
    await expect(checkDatabase(distrustful, { role: 'test_reader' })).rejects.toEqual(
      ofCode('database_unavailable'),
    );
    await distrustful.end();
    const sleeper = makeSleeper(superuser);
    const controller = new AbortController();
    const call = withEntitlements(
      pool,
      defineEntitlements({ role: 'test_reader', settings: {} }),
      (scope) => runQuery(scope, sleeper.query, {}),
      { signal: controller.signal },
    );
    await sleeper.started();
    const ended = expect(call).rejects.toEqual(ofCode('cancelled'));
    controller.abort();
    await Promise.all([sleeper.gone(), ended]);
    // Both connections began so: the request itself went nowhere in the clear.
    expect(gate.beginnings).toEqual(['TLS', 'TLS']);
  },
);

/** Gives the server a certificate for 127.0.0.1, which it signs itself, and returns it. */
async function turnOnTls(run: (statement: string) => Promise<unknown>): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'movie-hub-tls-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')];
  const request =
    'req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1';
  execFileSync('openssl', [...request.split(' '), '-keyout', key, '-out', certificate], { stdio: 'ignore' });
  const isRoot = process.getuid?.() === 0;
  const owner = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  for (const path of [folder, key, certificate]) {
    if (isRoot) chownSync(path, owner('-u'), owner('-g'));
    chmodSync(path, statSync(path).isDirectory() ? 0o700 : 0o600);
  }
  await run(`ALTER SYSTEM SET ssl_cert_file = '${certificate}'`);
  await run(`ALTER SYSTEM SET ssl_key_file = '${key}'`);
  await run(`ALTER SYSTEM SET ssl = on`);
  await run('SELECT pg_reload_conf()');
  await expect
    .poll(async () => (await run('SHOW ssl')) as object)
    .toMatchObject({
      rows: [{ ssl: 'on' }],
    });
  return readFileSync(certificate, 'utf8');
}
