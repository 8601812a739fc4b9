import {
  checkDatabase,
  createQueryMcpServer,
  defineEntitlements,
  defineQuery,
  defineQueryTool,
  isMovieHubError,
  runQuery,
  type ToolCall,
  withEntitlements,
} from 'movie-hub';
import type { Pool } from 'pg';
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  onTestFinished,
  test,
  vi,
} from 'vitest';
import { databaseKinds } from '../support/databases';
import { call, connect } from '../support/mcp';
import { failure } from '../support/messages';
import { type OwnSchema, openOwnSchema, shop, withLogin } from '../support/own-schema';
import { granted, mistakes, undo } from './guard-own-schema-mistakes';
import { poolOf } from './pool-of';

const orders = defineQueryTool({
  name: 'list_orders',
  title: 'List orders',
  description: 'Lists the orders.',
  sql: 'SELECT order_id FROM shop.orders ORDER BY order_id',
  input: { type: 'object', properties: {} },
  row: { type: 'object', properties: { order_id: { type: 'integer' } } },
});

const notSafe = failure('database_unsafe');
const notReady = failure('database_not_ready');
const failedWith = (text: string) => ({ isError: true, content: [{ type: 'text', text }] });
const served = expect.objectContaining({
  structuredContent: { rows: [{ order_id: 1 }, { order_id: 3 }], message: '2 rows.' },
});

/** The SQL that a refusal names, a line for each problem. */
const statementsOf = ({ message }: Error): string[] =>
  [...message.matchAll(/Run as an administrator: (.*);/g)].map((match) => match[1] ?? '');

describe.each(databaseKinds)('the guard of a schema of your own on %s', (kind) => {
  let own: OwnSchema;
  beforeAll(async () => {
    own = await openOwnSchema(kind, (role) => [
      ...shop(role),
      'CREATE TABLE shop.countries (code text)',
      'CREATE TABLE shop.notes (order_id integer, tenant text, note text)',
      `CREATE FUNCTION shop.secret(word text) RETURNS text STRICT IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN RETURN word; END $$`,
      'REVOKE EXECUTE ON FUNCTION shop.secret FROM PUBLIC',
    ]);
  });
  afterAll(() => own.close());

  let servers = 0;
  /** Makes a server, and returns what calls its tool and tells what the administrator was told. */
  function serverOn(pool: Pool, { role = own.role, lookupTables = [] as string[] } = {}) {
    const calls: ToolCall[] = [];
    // What was found sound on a pool is not looked at again, unless it is asked for with other lookups.
    servers += 1;
    const server = createQueryMcpServer(
      pool,
      defineEntitlements({ role, settings: { 'shop.tenant': 'ada' } }),
      {
        name: 'shop',
        version: '1',
        instructions: 'Orders.',
        tools: [orders],
        lookupTables: [...lookupTables, `shop.none_${servers}`],
        onToolCall: (told) => calls.push(told),
      },
    );
    return async () => {
      const client = await connect(server);
      const result = await call(client, 'list_orders', {});
      await new Promise((resolve) => setImmediate(resolve));
      await client.close();
      const error = calls.pop()?.error;
      return { result, cause: isMovieHubError(error) ? error.cause : undefined };
    };
  }

  const run = async (statements: readonly string[]) => {
    for (const statement of statements)
      await own.admin.query(statement.replaceAll('$role', own.role).replaceAll('$login', own.login));
  };
  const check = () => checkDatabase(own.pool, { role: own.role });
  test.each(mistakes.filter(({ only = kind }) => only === kind))(
    'refuses $what, and serves when it is mended',
    async ({ wrong, told, mend, back }) => {
      expect(await check()).toBeUndefined();
      onTestFinished(() => run(back));
      await run(wrong);
      const unsafe = expect.objectContaining({
        code: 'database_unsafe',
        message: expect.stringMatching(told),
      });
      const refusal = await check().catch((error: Error) => error);
      expect(refusal).toEqual(unsafe);
      // Servers ask the same check, which a part of these shows.
      const serve = mend && serverOn(own.pool);
      if (serve) expect(await serve()).toEqual({ result: failedWith(notSafe), cause: unsafe });
      await run(mend ?? statementsOf(refusal as Error));
      expect(await check()).toBeUndefined();
      if (serve) expect(await serve()).toEqual({ result: served, cause: undefined });
    },
  );

  test('reports all problems at once, and its SQL puts all of them right', async () => {
    await run([
      'ALTER ROLE $role CREATEDB',
      'GRANT pg_monitor TO $role',
      'GRANT TRUNCATE ON shop.orders TO $role',
      'GRANT CREATE ON SCHEMA public TO PUBLIC',
      'CREATE MATERIALIZED VIEW shop.extra AS SELECT * FROM shop.orders',
      'GRANT SELECT ON shop.extra TO $role',
    ]);
    onTestFinished(() => run(['DROP MATERIALIZED VIEW shop.extra']));
    const refusal = (await check().catch((error: Error) => error)) as Error;
    expect(refusal.message).toMatch(/^5 problems:(\n- .+){5}$/);
    await run(statementsOf(refusal));
    expect(await check()).toBeUndefined();
  });

  test('partitions that are added later need nothing, where nothing is granted on them', async () => {
    await run([
      'CREATE TABLE shop.parted (tenant text) PARTITION BY LIST (tenant)',
      'ALTER TABLE shop.parted ENABLE ROW LEVEL SECURITY',
      'CREATE POLICY parted_own ON shop.parted USING (true)',
      'GRANT SELECT ON shop.parted TO $role',
    ]);
    onTestFinished(() => run(['DROP TABLE shop.parted']));
    expect(await check()).toBeUndefined();
    await run([`CREATE TABLE shop.parted_ada PARTITION OF shop.parted FOR VALUES IN ('ada')`]);
    expect(await check()).toBeUndefined();
    await run(['GRANT SELECT ON shop.parted_ada TO $role']);
    await expect(check()).rejects.toMatchObject({ code: 'database_unsafe' });
  });

  test('a role of a managed server that only says how a login authenticates is let through', async () => {
    await run(['CREATE ROLE rds_iam', 'GRANT rds_iam TO $login']);
    onTestFinished(() => run(['DROP OWNED BY rds_iam', 'DROP ROLE rds_iam']));
    expect(await check()).toBeUndefined();
    if (kind === 'embedded') return;
    await run(['GRANT SELECT ON shop.notes TO rds_iam', 'GRANT pg_read_all_data TO rds_iam']);
    const refusal = (await check().catch((error: Error) => error)) as Error;
    expect(refusal.message).toMatch(/^2 problems:\n- rds_iam .*pg_read_all_data.*\n.* shop\.notes/);
    await run(statementsOf(refusal));
    expect(await check()).toBeUndefined();
  });

  test('a table that everybody may read whole is served when it is named, by its schema and name', async () => {
    await run(['GRANT SELECT ON shop.countries TO $role']);
    const unsafe = expect.objectContaining({ message: expect.stringContaining('shop.countries') });
    for (const lookupTables of [[], ['countries'], ['shop.*']]) {
      await expect(checkDatabase(own.pool, { role: own.role, lookupTables })).rejects.toEqual(unsafe);
      expect(await serverOn(own.pool, { lookupTables })()).toEqual({
        result: failedWith(notSafe),
        cause: unsafe,
      });
    }
    const lookupTables = ['shop.countries'];
    expect(await checkDatabase(own.pool, { role: own.role, lookupTables })).toBeUndefined();
    expect(await serverOn(own.pool, { lookupTables })()).toEqual({ result: served, cause: undefined });
    await run(['REVOKE SELECT ON shop.countries FROM $role']);
  });

  test('what an extension grants to everybody is not looked at, what is granted to the role is', async () => {
    const unsafe = expect.objectContaining({ message: expect.stringContaining('shop.notes') });
    await run([granted.replace('$role', 'PUBLIC'), 'ALTER EXTENSION unaccent ADD TABLE shop.notes']);
    expect(await check()).toBeUndefined();
    for (const grant of [
      'GRANT SELECT ON shop.notes TO $role',
      'GRANT SELECT (note) ON shop.notes TO $role',
    ]) {
      await run([grant]);
      await expect(check()).rejects.toEqual(unsafe);
      await run([grant.replace('GRANT', 'REVOKE').replace(' TO ', ' FROM ')]);
      expect(await check()).toBeUndefined();
    }
    await run(['ALTER EXTENSION unaccent DROP TABLE shop.notes']);
    await expect(check()).rejects.toEqual(unsafe);
    await run(undo);
  });

  /** A tool of this SQL, whose arguments are texts and whose rows have these columns. */
  const toolOf = (sql: string, args: readonly string[] = [], columns: readonly string[] = ['order_id']) =>
    defineQueryTool({
      name: 'broken_tool',
      title: 'Broken',
      description: 'A tool.',
      sql,
      input: {
        type: 'object',
        properties: Object.fromEntries(args.map((arg) => [arg, { type: 'string', description: arg }])),
      },
      row: {
        type: 'object',
        properties: Object.fromEntries(columns.map((column) => [column, {}])),
        required: columns.filter((column) => column === 'order_id'),
      },
    });
  const checkTools = (...tools: ReturnType<typeof toolOf>[]) =>
    checkDatabase(own.pool, { role: own.role, tools: [orders, ...tools] });

  test.each<[what: string, tool: ReturnType<typeof toolOf>, told: RegExp, right: ReturnType<typeof toolOf>]>([
    [
      'a parameter whose type cannot be told',
      toolOf('SELECT order_id\n FROM shop.orders\n WHERE :item IS NULL OR item = :item', ['item']),
      /parameter :item, .*line 3 .*WHERE :item IS NULL OR item = :item \(as shop_reader_\w+\)\. .*:item::/,
      toolOf('SELECT order_id FROM shop.orders WHERE :item::text IS NULL OR item = :item', ['item']),
    ],
    [
      'a missing column, behind a sign that takes two places in JavaScript',
      toolOf("SELECT order_id -- 🎬🎬🎬🎬🎬🎬🎬🎬🎬🎬\nFROM shop.orders\nWHERE itme = 'tea'"),
      /column "itme" does not exist, in line 3 of its SQL: WHERE itme = 'tea'/,
      toolOf("SELECT order_id FROM shop.orders WHERE item = 'tea'"),
    ],
    [
      'a missing table',
      toolOf('SELECT order_id FROM shop.order'),
      /relation "shop.order" does not exist, in line 1 /,
      toolOf('SELECT order_id FROM shop.orders'),
    ],
    [
      'a missing function',
      toolOf('SELECT shop.number(order_id) AS order_id FROM shop.orders'),
      /function shop.number\(integer\) does not exist, in line 1 /,
      toolOf('SELECT abs(order_id) AS order_id FROM shop.orders'),
    ],
    [
      'a missing right on a table',
      toolOf('SELECT order_id FROM shop.notes'),
      /permission denied for table notes \(as shop_reader_\w+\)/,
      toolOf('SELECT order_id FROM shop.orders'),
    ],
    [
      'a missing right on a function, also where no argument leads to it',
      toolOf('SELECT order_id FROM shop.orders WHERE item = shop.secret(:item::text)', ['item']),
      /permission denied for function secret/,
      toolOf('SELECT order_id FROM shop.orders WHERE item = lower(:item)', ['item']),
    ],
    [
      'a statement that returns no rows',
      toolOf('UPDATE shop.orders SET item = item'),
      /syntax error at or near "SET"|syntax error/,
      toolOf('SELECT order_id FROM shop.orders'),
    ],
    [
      'a column that its rows need',
      toolOf('SELECT order_id AS id, item FROM shop.orders', [], ['order_id', 'item']),
      /column order_id.* column id,/,
      toolOf('SELECT order_id FROM shop.orders', [], ['order_id', 'item']),
    ],
    [
      'two columns of one name',
      toolOf('SELECT order_id, 1 AS order_id FROM shop.orders'),
      /Two columns .*order_id/,
      toolOf('SELECT 1 AS order_id FROM shop.orders'),
    ],
  ])('a tool with %s is reported with its line, and others go on', async (_, tool, told, right) => {
    const message = expect.stringMatching(new RegExp(`^The tool broken_tool: .*${told.source}`));
    await expect(checkTools(tool)).rejects.toEqual(
      expect.objectContaining({ code: 'database_not_ready', message }),
    );
    await expect(checkTools(tool, orders, tool)).rejects.toMatchObject({
      message: expect.stringMatching(/^2 problems:(\n- The tool broken_tool: .*){2}$/),
    });
    expect(await checkTools(right)).toBeUndefined();
  });

  test('the tools are checked without running, without entitlements, and leave nothing behind', async () => {
    await run([
      'CREATE SEQUENCE shop.ran',
      'GRANT USAGE ON SEQUENCE shop.ran TO $role',
      `CREATE FUNCTION shop.needs_setting() RETURNS integer STABLE LANGUAGE sql AS $do$ SELECT current_setting('shop.never_set')::integer $do$`,
      // For a range PostgreSQL calls the function while it plans: that it fails there is no fault of the tool.
      `CREATE POLICY strict ON shop.orders AS RESTRICTIVE USING (order_id > shop.needs_setting())`,
    ]);
    onTestFinished(() =>
      run([
        'DROP POLICY strict ON shop.orders',
        'DROP FUNCTION shop.needs_setting',
        'DROP SEQUENCE shop.ran',
      ]),
    );
    const client = await own.pool.connect();
    const state = async () =>
      (
        await client.query(`SELECT current_user, current_setting('statement_timeout'), current_setting('plan_cache_mode'),
        (SELECT count(*) FROM pg_prepared_statements), pg_current_xact_id_if_assigned()`)
      ).rows;
    const before = await state();
    client.release();
    expect(
      await checkTools(toolOf(`SELECT nextval('shop.ran') AS order_id FROM shop.orders`)),
    ).toBeUndefined();
    const again = await own.pool.connect();
    expect(await state()).toEqual(before);
    again.release();
    expect((await own.admin.query('SELECT is_called FROM shop.ran')).rows).toEqual([{ is_called: false }]);
  });

  describe('while it serves', () => {
    /** What a call may find between two checks: one tenant's rows are all tenants' now. */
    const exchange = [
      'CREATE TABLE shop.copy AS SELECT * FROM shop.orders',
      'GRANT SELECT ON shop.copy TO $role',
      'ALTER TABLE shop.orders RENAME TO true_orders',
      'ALTER TABLE shop.copy RENAME TO orders',
    ];
    const putBack = ['DROP TABLE shop.orders', 'ALTER TABLE shop.true_orders RENAME TO orders'];
    const open = async () => {
      const server = createQueryMcpServer(own.pool, own.of('ada'), {
        name: 'shop',
        version: '1',
        instructions: 'Orders.',
        tools: [orders],
      });
      const client = await connect(server);
      onTestFinished(() => client.close());
      return () => call(client, 'list_orders', {});
    };
    const leaked = expect.objectContaining({
      structuredContent: expect.objectContaining({ message: '3 rows.' }),
    });
    const refused = failedWith(notSafe);
    let ask: () => ReturnType<typeof call>;
    /** A clock that never goes back, in ms. */
    let clock = 0;

    beforeEach(async () => {
      vi.useFakeTimers({ toFake: ['performance'] });
      clock += 1_000_000;
      vi.advanceTimersByTime(clock);
      ask = await open();
      expect(await ask()).toEqual(served);
      await run(exchange);
      expect(await ask()).toEqual(leaked);
    });
    afterEach(async () => {
      vi.useRealTimers();
      await run(putBack);
    });

    test('a call after an interval has it checked again, and those that follow are refused', async () => {
      vi.advanceTimersByTime(60_001);
      expect(await ask()).toEqual(leaked);
      await expect.poll(ask).toEqual(refused);
      expect(await ask()).toEqual(refused);
      await run(putBack);
      expect(await ask()).toEqual(served);
      await run(exchange);
    });

    test('no call relies on a check that is two intervals old', async () => {
      vi.advanceTimersByTime(120_001);
      expect(await ask()).toEqual(refused);
    });

    test('a new server has it checked again, for those that are there as well', async () => {
      vi.advanceTimersByTime(1_001);
      const another = await open();
      expect(await another()).toEqual(leaked);
      await expect.poll(ask).toEqual(refused);
    });

    test('servers that are made within a second share a check, and calls of one interval too', async () => {
      let acquired = 0;
      const count = () => {
        acquired += 1;
      };
      own.pool.on('acquire', count);
      vi.advanceTimersByTime(999);
      for (let i = 0; i < 5; i += 1) await (await open())();
      vi.advanceTimersByTime(59_000);
      await ask();
      await new Promise((resolve) => setImmediate(resolve));
      own.pool.off('acquire', count);
      expect(acquired).toBe(6);
    });

    test('a check that cannot be made has not failed', async () => {
      const held = await Promise.all(Array.from({ length: own.pool.options.max }, () => own.pool.connect()));
      const busy = defineQuery({ name: 'one', sql: 'SELECT 1 AS n', parameters: [] });
      const read = () =>
        withEntitlements(own.pool, own.of('ada'), (scope) => runQuery(scope, busy, {}), {
          connectionTimeoutMs: 20,
        });
      vi.advanceTimersByTime(60_001);
      const busyCode = expect.objectContaining({ code: 'database_busy' });
      await expect(read()).rejects.toEqual(busyCode);
      await expect(read()).rejects.toEqual(busyCode);
      for (const client of held) client.release();
      expect(await read()).toEqual([{ n: 1 }]);
    });
  });

  test('a role that row-level security does not bind is refused, embedded too', async () => {
    await run(['ALTER ROLE $role BYPASSRLS']);
    await expect(check()).rejects.toEqual(
      expect.objectContaining({ code: 'database_unsafe', message: expect.stringContaining('NOBYPASSRLS') }),
    );
    await run(['ALTER ROLE $role NOBYPASSRLS']);
    expect(await check()).toBeUndefined();
  });

  test('a role that is missing is asked for, and served when it is there', async () => {
    const role = `${own.role}_new`;
    const serve = serverOn(own.pool, { role });
    const told = (message: RegExp) =>
      expect.objectContaining({ code: 'database_not_ready', message: expect.stringMatching(message) });
    const missing = told(new RegExp(`no role ${role}\\. Run as an administrator: CREATE ROLE ${role}`));
    await expect(checkDatabase(own.pool, { role })).rejects.toEqual(missing);
    expect(await serve()).toEqual({ result: failedWith(notReady), cause: missing });
    await run([
      `CREATE ROLE ${role}`,
      `GRANT USAGE ON SCHEMA shop TO ${role}`,
      `GRANT SELECT ON shop.orders TO ${role}`,
    ]);
    onTestFinished(() =>
      run([`GRANT ${own.role} TO ${own.login}`, `DROP OWNED BY ${role}`, `DROP ROLE ${role}`]),
    );
    if (kind === 'server') {
      expect(await serve()).toEqual({
        result: failedWith(notReady),
        cause: told(/may not become .* was granted/),
      });
      await run([`GRANT ${role} TO ${own.login}`]);
      expect(await serve()).toEqual({
        result: failedWith(notSafe),
        cause: expect.objectContaining({ message: expect.stringContaining(`REVOKE ${own.role} FROM`) }),
      });
      await run([`REVOKE ${own.role} FROM ${own.login}`]);
    }
    expect(await serve()).toEqual({ result: served, cause: undefined });
  });

  // An embedded database has one login only.
  if (kind === 'server')
    test('a superuser is not served; the login is', async () => {
      const unsafe = expect.objectContaining({
        code: 'database_unsafe',
        message: expect.stringContaining(`${own.role} and nothing else`),
      });
      expect(await serverOn(own.admin)()).toEqual({ result: failedWith(notSafe), cause: unsafe });
      const another = poolOf(withLogin(own.url, own.login));
      expect(await serverOn(another)()).toEqual({ result: served, cause: undefined });
      await another.end();
    });

  if (kind === 'server')
    test('a login that owns what it serves, or may become its owner, is not served', async () => {
      const { rows } = await own.admin.query(
        `SELECT relowner::regrole::text AS owner FROM pg_class WHERE oid = 'shop.orders'::regclass`,
      );
      const refused = (message: RegExp) =>
        expect.objectContaining({ code: 'database_unsafe', message: expect.stringMatching(message) });
      await run([`ALTER TABLE shop.orders OWNER TO ${own.login}`]);
      await expect(check()).rejects.toEqual(
        refused(/owns shop\.orders, .*ALTER TABLE shop\.orders OWNER TO/),
      );
      await run([
        `CREATE ROLE ${own.role}_owner`,
        `ALTER TABLE shop.orders OWNER TO ${own.role}_owner`,
        `GRANT ${own.role}_owner TO ${own.login}`,
      ]);
      await expect(check()).rejects.toEqual(
        refused(new RegExp(`${own.role}_owner, .*REVOKE ${own.role}_owner FROM`)),
      );
      await run([
        `ALTER TABLE shop.orders OWNER TO ${rows[0].owner}`,
        `DROP OWNED BY ${own.role}_owner`,
        `DROP ROLE ${own.role}_owner`,
      ]);
      expect(await check()).toBeUndefined();
    });

  if (kind === 'server')
    test('all that is wrong is reported at once, and nothing is to be taken from a role of others', async () => {
      const sales = `${own.role}_sales`;
      const wrong = [
        `ALTER ROLE ${own.login} BYPASSRLS CREATEROLE`,
        `CREATE ROLE ${sales}`,
        `GRANT ALL ON shop.orders TO ${sales}`,
        `GRANT ${sales}, pg_read_all_data TO ${own.login}`,
        `GRANT ${sales} TO ${own.role}`,
        `GRANT INSERT ON shop.orders TO ${own.login}`,
      ];
      await run(wrong);
      const refusal: Error = await check().then(
        () => Promise.reject(new Error('nothing was refused')),
        (cause: Error) => cause,
      );
      for (const part of [
        'NOBYPASSRLS NOCREATEROLE',
        `REVOKE ${sales} FROM ${own.login}`,
        `REVOKE pg_read_all_data FROM ${own.login}`,
        `REVOKE ${sales} FROM ${own.role}`,
        `REVOKE ALL ON shop.orders FROM ${own.login}`,
      ])
        expect(refusal.message).toContain(part);
      expect(refusal.message).not.toContain(`FROM ${sales}`);
      await run(statementsOf(refusal));
      expect(await check()).toBeUndefined();
      await run([`DROP OWNED BY ${sales}`, `DROP ROLE ${sales}`]);
    });
});
