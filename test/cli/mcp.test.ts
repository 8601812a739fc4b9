import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { openDatabase, type TestDatabase } from '../support/databases';
import { call, textOf } from '../support/mcp';
import { movieToolNames } from '../support/movie-tools';
import { startMcp } from './support/mcp-process';
import { cleanUp, newFolder, runCli } from './support/run-cli';

afterAll(cleanUp);

const unreachable = { env: { DATABASE_URL: 'postgresql://someone:secret@127.0.0.1:1/nowhere' } };
const cannotBeReached =
  'The database cannot be reached at the moment. Try again later. (database_unavailable)';

function askFor(id: number, title: string): string {
  const params = { name: 'get_movie_characters', arguments: { title } };
  return `${JSON.stringify({ jsonrpc: '2.0', id, method: 'tools/call', params })}\n`;
}

function charactersOf(result: CallToolResult): unknown {
  return { found: result.structuredContent?.found, title: result.structuredContent?.title };
}

describe('movie-hub-mcp without a database', () => {
  it('shows its tools, and fails a call with a fixed sentence; the cause is on standard error only', async () => {
    const { client, running } = await startMcp(['--title-types', '1'], unreachable);
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toEqual(movieToolNames);
    expect(client.getServerVersion()?.name).toBe('movie-hub-movies');
    expect(running.output.stderr).toBe('');
    const result = await call(client, 'get_movie_characters', { title: 'Up' });
    expect(result).toEqual({ content: [{ type: 'text', text: cannotBeReached }], isError: true });
    expect(running.output.stdout.trim().split('\n')).toHaveLength(3);
    await client.close();
    const ended = await running.ended;
    expect(ended).toMatchObject({ code: 0, signal: null });
    expect(ended.stderr).toMatch(/^movie-hub: [^\n]*ECONNREFUSED 127\.0\.0\.1:1[^\n]*\n$/);
    expect(ended.stderr).not.toMatch(/secret/);
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('stops on %s', async (signal) => {
    const { running } = await startMcp([], unreachable);
    expect(await running.stop(signal)).toMatchObject({ code: 0, signal: null, stderr: '' });
  });

  const ping = (id: number) => JSON.stringify({ jsonrpc: '2.0', id, method: 'ping' });
  const pong = (id: number) => ({ jsonrpc: '2.0', id, result: {} });
  const invalid = (id: unknown) => ({
    jsonrpc: '2.0',
    id,
    error: { code: -32600, message: 'Invalid request' },
  });
  const isNone = /^movie-hub: A line of standard input is not a JSON-RPC message and was dropped\.\n?$/;
  const isTooLong = /^movie-hub: A line of standard input is longer than \d+ bytes and was dropped\.\n?$/;
  const long = 'x'.repeat(5_000_000);

  it('reads on after a line that it cannot use, and says so for each', async () => {
    const lines: readonly (readonly [line: string, answers: object[], reported: RegExp | undefined])[] = [
      ['hello\n', [], isNone],
      ['{"jsonrpc":"2.0","id":2,\n', [], isNone],
      ['{"id":2,"method":7}\n', [invalid(2)], isNone],
      [`[${ping(2)}]\n`, [], isNone],
      ['null\n', [], isNone],
      [`${long}\n`, [], isTooLong],
      [`${JSON.stringify({ ...JSON.parse(ping(2)), long })}\n`, [], isTooLong],
      ['\r\n \n', [], undefined],
      [`${ping(3)}\r\n`, [pong(3)], undefined],
    ];
    const input = lines.map(([line], i) => `${line}${ping(100 + i)}\n`).join('');
    const ended = await runCli('movie-hub-mcp', [], { ...unreachable, input });
    const answers = ended.stdout
      .trimEnd()
      .split('\n')
      .map((each) => JSON.parse(each));
    const byId = (all: { id: number }[]) => all.toSorted((a, b) => a.id - b.id);
    const expected = lines.flatMap(([, own], i) => [...own, pong(100 + i)]) as { id: number }[];
    expect(byId(answers)).toEqual(byId(expected));
    const reported = ended.stderr.trimEnd().split('\n');
    expect(reported).toEqual(lines.flatMap(([, , each]) => (each ? [expect.stringMatching(each)] : [])));
    expect(ended.code).toBe(0);
  });

  it.each<[what: string, line: string, answers: object[], reported: RegExp]>([
    ['a message', ping(2), [pong(2)], /^$/],
    ['one that is too long', long, [], isTooLong],
  ])('reads a last line without its end: %s', async (_, line, answers, reported) => {
    const ended = await runCli('movie-hub-mcp', [], { ...unreachable, input: line });
    const lines = ended.stdout.split('\n').filter((each) => each !== '');
    expect(lines.map((each) => JSON.parse(each))).toEqual(answers);
    expect(ended.stderr).toMatch(reported);
  });

  it('stops when nobody reads its answers any more', async () => {
    const { running } = await startMcp([], unreachable);
    running.process.stdout?.destroy();
    running.process.stdin?.write('{"jsonrpc":"2.0","id":1,"method":"ping"}\n');
    expect(await running.ended).toMatchObject({ code: 0, signal: null, stderr: '' });
  });
});

describe('movie-hub-mcp on an embedded database', () => {
  it('makes one with the demo data at the first call, and keeps it', async () => {
    const cwd = newFolder();
    const first = await startMcp(['--title-types', '1'], { cwd });
    const params = { name: 'get_movie_characters', arguments: { title: 'The Godfather' } };
    const made = await first.client.callTool(params, undefined, { timeout: 280_000 });
    expect(charactersOf(made as CallToolResult)).toMatchObject({
      found: true,
      title: { title: 'The Godfather', type: 'movie' },
    });
    await first.client.close();
    expect(await first.running.ended).toMatchObject({ code: 0, stderr: '' });

    // Without title types; and its input ends at once, which cancels nothing that was asked before.
    const second = await runCli('movie-hub-mcp', [], { cwd, input: askFor(1, 'The Godfather') });
    expect(second).toMatchObject({ code: 0, stderr: '' });
    expect(charactersOf(JSON.parse(second.stdout).result)).toEqual({ found: false });
  });

  it('touches nothing before the first call', async () => {
    const { client, running } = await startMcp(['--title-types', '1', '--data-dir', '/dev/null/folder']);
    expect((await client.listTools()).tools).toHaveLength(movieToolNames.length);
    const result = await call(client, 'get_movie_characters', { title: 'Up' });
    expect(textOf(result)).toBe(cannotBeReached);
    await client.close();
    const ended = await running.ended;
    expect(ended.code).toBe(0);
    expect(ended.stderr).toMatch(/^movie-hub: .*\/dev\/null\/folder cannot be used.*--data-dir.*\n$/);
  });
});

describe.runIf(inject('server'))('movie-hub-mcp on a server', () => {
  let database: TestDatabase;
  let onServer: { env: { DATABASE_URL: string } };

  beforeAll(async () => {
    database = await openDatabase('server', 'demo');
    onServer = { env: { DATABASE_URL: database.urls.reader } };
  });
  afterAll(() => database.close());

  it.each([
    [['--title-types', '{1,5}'], true],
    [['--title-types', '1,5'], true],
    [['--title-types=5, 1'], true],
    [['--title-types', '1'], false],
    [['--title-types', '{}'], false],
    [[], false],
  ])('%j decides what is there', async (types, isThere) => {
    const { rows } = await database.admin.query(
      'SELECT primary_title FROM movie_hub.titles WHERE title_type = 5 ORDER BY title_id LIMIT 1',
    );
    const title: string = rows[0].primary_title;
    const { client, running } = await startMcp(types, onServer);
    const found = await call(client, 'get_movie_characters', { title });
    expect(charactersOf(found)).toEqual(
      isThere
        ? { found: true, title: expect.objectContaining({ title, type: 'tvMovie' }) }
        : { found: false },
    );
    expect(found.isError).toBeUndefined();
    await client.close();
    expect(await running.ended).toMatchObject({ code: 0, stderr: '' });
  });

  it('reads where the database is from DATABASE_URL, and from PG* variables', async () => {
    const { hostname, port, username, password, pathname } = new URL(database.urls.reader);
    const variables = {
      PGHOST: hostname,
      PGPORT: port,
      PGUSER: username,
      PGPASSWORD: password,
      PGDATABASE: pathname.slice(1),
    };
    for (const env of [{ DATABASE_URL: database.urls.reader }, variables]) {
      const ended = await runCli('movie-hub-mcp', ['--title-types', '1'], {
        env,
        input: askFor(7, 'WALL·E'),
      });
      expect(ended).toMatchObject({ code: 0, stderr: '' });
      expect(JSON.parse(ended.stdout)).toMatchObject({
        id: 7,
        result: { structuredContent: { found: true } },
      });
    }
  });

  it('refuses a superuser, for whom row-level security would not hold', async () => {
    const { client, running } = await startMcp(['--title-types', '1'], {
      env: { DATABASE_URL: database.urls.admin },
    });
    const result = await call(client, 'get_movie_characters', { title: 'The Godfather' });
    expect(result.isError).toBe(true);
    expect(textOf(result)).toBe('The database is not set up safely, so nothing is served. (database_unsafe)');
    await client.close();
    await running.ended;
    expect(running.output.stderr).toMatch(/^movie-hub: .*superuser.*movie-hub db install/);
  });

  /** Queries that wait for a lock on titles. */
  const waiting = async () => {
    const { rows } = await database.admin.query(
      `SELECT count(*)::integer AS count FROM pg_locks
       WHERE relation = 'movie_hub.titles'::regclass AND NOT granted`,
    );
    return rows[0].count;
  };

  it('ends the query of a client that has closed its input', async () => {
    const { client, running } = await startMcp(['--title-types', '1'], {
      env: { DATABASE_URL: database.urls.reader },
    });
    const lock = await database.admin.connect();
    try {
      await lock.query('BEGIN');
      await lock.query('LOCK TABLE movie_hub.titles');
      call(client, 'get_movie_characters', { title: 'Up' }).catch(() => undefined);
      await expect.poll(waiting).toBeGreaterThan(0);
      await client.close();
      const ended = await running.ended;
      expect(await waiting()).toBe(0);
      // Not by the limit of its time.
      expect(ended).toMatchObject({ code: 0, signal: null });
      expect(ended.stderr).toMatch(/^movie-hub: The call was cancelled\. [^\n]*\n$/);
    } finally {
      await lock.query('ROLLBACK');
      lock.release();
    }
  });

  it('goes away with its client, in the middle of a call too', async () => {
    const { client, running } = await startMcp(['--title-types', '1'], onServer);
    const lock = await database.admin.connect();
    await lock.query('BEGIN');
    await lock.query('LOCK TABLE movie_hub.titles');
    call(client, 'get_movie_characters', { title: 'Up' }).catch(() => undefined);
    await expect.poll(waiting).toBeGreaterThan(0);
    const ended = await running.stop('SIGTERM');
    await lock.query('ROLLBACK');
    lock.release();
    expect(ended).toMatchObject({ code: 0, signal: null });
  });
});
