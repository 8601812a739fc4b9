import { createMovieMcpServer, createTimeMcpServer, type ToolCall } from 'movie-hub';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { MovieMcpServerOptions } from '../../src/sdk/movies/movie-server';
import { databaseKinds, openDatabase, type TestDatabase } from '../support/databases';
import { connect } from '../support/mcp';
import { failure, prompt } from '../support/messages';

describe.each(databaseKinds)('what a server offers beside its tools, on %s', (kind) => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await openDatabase(kind);
  });
  afterAll(() => database.close());

  const as = async (titleTypes: number[], options?: MovieMcpServerOptions) => {
    const client = await connect(createMovieMcpServer(database.pools.reader, { titleTypes }, options));
    onTestFinished(() => client.close());
    return client;
  };
  const schemaFor = async (titleTypes: number[]) => {
    const client = await as(titleTypes, { schemaResource: true });
    const { resources } = await client.listResources();
    expect(resources.map(({ uri }) => uri)).toEqual(['schema://tables']);
    const { contents } = await client.readResource({ uri: 'schema://tables' });
    const [first] = contents;
    expect(first).toMatchObject({ uri: 'schema://tables', mimeType: 'text/markdown' });
    return first !== undefined && 'text' in first ? first.text : '';
  };

  test('the schema is there for those who ask for it: every table, column and comment that may be read', async () => {
    const text = await schemaFor([1]);
    const { rows } = await database.admin.query<{ line: string; comment: string }>(
      `SELECT c.relname AS line, obj_description(c.oid) AS comment
       FROM pg_class c WHERE c.relnamespace = 'movie_hub'::regnamespace AND c.relkind = 'r'
         AND has_table_privilege('movie_hub_reader', c.oid, 'SELECT')
       UNION ALL
       SELECT a.attname, col_description(c.oid, a.attnum)
       FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
       WHERE c.relnamespace = 'movie_hub'::regnamespace AND c.relkind = 'r'
         AND has_column_privilege('movie_hub_reader', c.oid, a.attnum, 'SELECT')`,
    );
    expect(rows.length).toBeGreaterThan(40);
    for (const { line, comment } of rows) {
      expect(text).toContain(line);
      expect(text).toContain(comment);
    }
    expect(text).toContain('## movie_hub.titles\n');
    expect(text).toMatch(/`title_id` .*integer.*movie_hub\.titles/);
  });

  test('what the role may not read is not in it, and is there', async () => {
    const text = await schemaFor([1]);
    expect(text).not.toMatch(/movie_hub_app|password_hash|pgmigrations/);
    const { rows } = await database.admin.query(
      `SELECT 1 FROM information_schema.columns WHERE column_name = 'password_hash'`,
    );
    expect(rows.length).toBeGreaterThan(0);
  });

  test('who may see nothing is told of no table', async () => {
    expect(await schemaFor([])).not.toContain('movie_hub');
    expect(await schemaFor([1])).toContain('movie_hub.titles');
  });

  test('nobody else gets it: without the option there are no resources', async () => {
    const client = await as([1]);
    expect(client.getServerCapabilities()).toEqual({ tools: {}, prompts: {} });
    await expect(client.readResource({ uri: 'schema://tables' })).rejects.toMatchObject({ code: -32_601 });
  });

  test('an unknown resource is an error of the protocol; reading one is told of', async () => {
    const calls: ToolCall[] = [];
    const options = { schemaResource: true, onToolCall: (call: ToolCall) => calls.push(call) };
    const client = await as([1], options);
    await expect(client.readResource({ uri: 'schema://users' })).rejects.toMatchObject({ code: -32_002 });
    await client.readResource({ uri: 'schema://tables' });
    await expect.poll(() => calls).toMatchObject([{ tool: 'schema://tables', outcome: 'ok' }]);
  });

  test('a resource that cannot be read says so, and nothing of why', async () => {
    const calls: ToolCall[] = [];
    const secret = () => Promise.reject(new Error('secret at 10.0.0.5'));
    const server = createMovieMcpServer(database.pools.reader, secret, {
      schemaResource: true,
      onToolCall: (call) => calls.push(call),
    });
    const client = await connect(server);
    onTestFinished(() => client.close());
    const error = await client.readResource({ uri: 'schema://tables' }).catch((cause: Error) => cause);
    expect(String(error)).toContain(failure('entitlements_unavailable'));
    expect(String(error)).not.toContain('secret');
    await expect.poll(() => calls).toMatchObject([{ outcome: 'entitlements_unavailable' }]);
  });
});

describe('the prompt', () => {
  const client = async () => {
    const connected = await connect(createMovieMcpServer({} as never, { titleTypes: [] }));
    onTestFinished(() => connected.close());
    return connected;
  };
  const textOf = async (args?: Record<string, string>) => {
    const { messages } = await (await client()).getPrompt({
      name: 'answer_from_the_data',
      ...(args && { arguments: args }),
    });
    expect(messages).toMatchObject([{ role: 'user', content: { type: 'text' } }]);
    const content = messages[0]?.content;
    return content?.type === 'text' ? content.text : '';
  };

  test('steers a model to the tools first, and tells it what rows are', async () => {
    const { prompts } = await (await client()).listPrompts();
    expect(prompts).toMatchObject([
      { name: 'answer_from_the_data', arguments: [{ name: 'question', required: false }] },
    ]);
    const text = await textOf();
    for (const sentence of prompt) expect(text).toContain(sentence);
    expect(await textOf({ question: 'Who is in Up?' })).toMatch(/Who is in Up\?$/);
  });

  test('an unknown one is an error of the protocol; the time server has none', async () => {
    await expect((await client()).getPrompt({ name: 'other' })).rejects.toMatchObject({ code: -32_602 });
    const time = await connect(createTimeMcpServer());
    onTestFinished(() => time.close());
    expect(time.getServerCapabilities()).toEqual({ tools: {} });
  });
});
