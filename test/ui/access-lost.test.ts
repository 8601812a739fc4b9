import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { databaseKinds } from '../support/databases';
import { until } from './chat-request';
import { addUsers, formType, hubOn, type Visitor, visitorOf } from './open-hub';

/** Requests whose headers were read. */
let headsRead = 0;

/** Ways to lose access during a request. */
const losses = {
  'is disabled': `UPDATE movie_hub_app.users SET disabled_at = now() WHERE username = 'mal'`,
  'is no longer an administrator': `UPDATE movie_hub_app.users SET is_admin = false WHERE username = 'mal'`,
  'is logged out everywhere': `DELETE FROM movie_hub_app.sessions WHERE username = 'mal'`,
};
const forms = [
  ['/admin/titles', { title: 'Made too late', title_type: '1' }],
  ['/admin/users', { username: 'backdoor', is_admin: 'yes' }],
  ['/account/password', { current: 'mal-demo', wanted: 'another one' }],
  ['/chat', { message: 'What is new?' }],
] as const;

describe.each(databaseKinds)('access lost while a form is being sent, on the %s database', (kind) => {
  const hub = hubOn(kind, (app) =>
    app.addHook('preParsing', async () => {
      headsRead += 1;
    }),
  );
  let mal: Visitor;

  beforeAll(() => hub.app.listen({ port: 0, host: '127.0.0.1' }));
  beforeEach(async () => {
    await hub.db.admin.query(`DELETE FROM movie_hub_app.users WHERE username IN ('mal', 'backdoor')`);
    await addUsers(hub.db, { mal: { titleTypes: [1], isAdmin: true } });
    mal = await visitorOf(hub.app, 'mal');
  });
  afterAll(() => hub.app.close());

  const changes = async () => {
    const { rows } = await hub.db.admin.query(`SELECT jsonb_build_array(
      (SELECT count(*) FROM movie_hub.titles), (SELECT count(*) FROM movie_hub_app.turns),
      (SELECT count(*) FROM movie_hub_app.audit),
      (SELECT jsonb_agg(username || password_hash ORDER BY username) FROM movie_hub_app.users)) AS kept`);
    return rows[0].kept;
  };

  const lost = Object.entries(losses).flatMap(([loss, sql]) =>
    forms
      .filter(([path]) => path.startsWith('/admin') || !loss.includes('administrator'))
      .map(([path, fields]) => ({ loss, sql, path, fields })),
  );
  test.each(lost)(
    'a user who $loss before the body of $path arrives changes nothing',
    async ({ loss, sql, path, fields }) => {
      const form = holdBack(hub.app.server.address() as AddressInfo, mal, path, fields);
      await form.isOnItsWay();
      await hub.db.admin.query(sql);
      const before = await changes();
      expect(await form.send()).toMatch(
        loss.includes('administrator') ? / 403 / : /^HTTP\/1.1 303 [\s\S]*\r\nlocation: \/login/,
      );
      expect(await changes()).toEqual(before);
    },
  );

  test.each(forms)('a user who keeps their access is served: %s', async (path, fields) => {
    const form = holdBack(hub.app.server.address() as AddressInfo, mal, path, fields);
    await form.isOnItsWay();
    const before = await changes();
    expect(await form.send()).toMatch(/^HTTP\/1.1 (200|303) (?![\s\S]*\r\nlocation: \/login)/);
    expect(await changes()).not.toEqual(before);
  });

  // What is decided in the transaction of the change itself: it waits for the one that takes the right away.
  // The embedded database has one connection, on which nothing waits for another.
  test.each(
    (kind === 'server' ? lost : [])
      // For changes of users only the account is checked there.
      .filter(({ loss, path }) => !(path === '/admin/users' && loss.includes('logged out')))
      .flatMap((one) => ['COMMIT', 'ROLLBACK'].map((end) => ({ ...one, end }))),
  )('a user who $loss while $path changes something ($end)', async ({ sql, path, fields, end }) => {
    const before = await changes();
    const taker = await hub.db.admin.connect();
    await taker.query('BEGIN');
    await taker.query(sql);
    const answer = mal.post(path, fields);
    await until(async () => {
      const { rows } = await hub.db.admin.query(
        `SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`,
      );
      return rows.length > 0;
    });
    await taker.query(end);
    taker.release();
    const { statusCode } = await answer;
    if (end === 'ROLLBACK') {
      expect(statusCode).toBeLessThan(400);
      expect(await changes()).not.toEqual(before);
    } else {
      expect([401, 403]).toContain(statusCode);
      expect(await changes()).toEqual(before);
    }
  });
});

/** Sends a form but for its body, which comes later. */
function holdBack({ port }: AddressInfo, visitor: Visitor, path: string, fields: Record<string, string>) {
  const body = new URLSearchParams({ _csrf: visitor.csrfToken, ...fields }).toString();
  const headers = {
    ...formType,
    host: 'localhost',
    cookie: visitor.cookie,
    'content-length': body.length,
    connection: 'close',
  };
  const head = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const socket: Socket = connect(port, '127.0.0.1');
  const before = headsRead;
  let answer = '';
  socket.setEncoding('utf8').on('data', (piece) => {
    answer += piece;
  });
  socket.write(`POST ${path} HTTP/1.1\r\n${head.join('')}\r\n`);
  return {
    isOnItsWay: () => until(() => headsRead > before),
    async send(): Promise<string> {
      socket.write(body);
      await until(() => socket.closed);
      return answer;
    },
  };
}
