import { fileURLToPath } from 'node:url';
import { createQueryMcpServer, defineQueryTool, type QueryTool, type ToolServer } from 'movie-hub';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { codeIn, pageAt, rowsOf, sectionOf } from '../docs/pages';
import { databaseKinds } from '../support/databases';
import { call, connect, textOf } from '../support/mcp';
import { failure } from '../support/messages';
import { type OwnSchema, openOwnSchema } from '../support/own-schema';
import { exchangeInMemory } from './exchange';
import { exchangeOverHttp, exchangeOverStdio } from './values-exchange';
import { valueTypes, valueTypesSetup } from './values-table';

const cases = valueTypes
  .flatMap(({ type, cases }) => cases.map(([sql, json]) => ({ type, sql, json })))
  .map((each, i) => ({ ...each, tool: `value_${i}` }));

/** One tool for each case: its row says nothing of the value, so that it is what it is by itself. */
const definitions = cases.map(
  ({ tool, sql }) =>
    ({
      name: tool,
      title: 'A value',
      description: 'Returns one value.',
      sql: `SELECT ${sql} AS value`,
      input: { type: 'object', properties: {} },
      row: { type: 'object', properties: { value: {} }, required: ['value'] },
    }) as const,
);
const tools = definitions.map((definition) => defineQueryTool(definition));

describe.each(databaseKinds)('values on %s', (kind) => {
  let own: OwnSchema;
  const answers = { memory: [] as string[], http: [] as string[], stdio: [] as string[] };

  beforeAll(async () => {
    const setup = (role: string) => [...valueTypesSetup, `GRANT USAGE ON SCHEMA kinds TO ${role}`];
    own = await openOwnSchema(kind, setup);
    const create = () => serverOf(own, tools);
    const names = cases.map(({ tool }) => tool);
    const started = {
      ...(kind === 'server' && { url: own.url }),
      setup: [`CREATE ROLE ${own.role}`, ...setup(own.role)],
      role: own.role,
      tools: definitions,
    };
    const server = fileURLToPath(new URL('./values-server.mjs', import.meta.url));
    const lines = await exchangeInMemory(create(), [
      { method: 'tools/list' },
      ...names.map((name) => ({ method: 'tools/call', params: { name, arguments: {} } })),
    ]);
    answers.memory = lines.slice(2);
    answers.http = await exchangeOverHttp(create, names);
    answers.stdio = await exchangeOverStdio([server, JSON.stringify(started)], names);
  });
  afterAll(() => own.close());

  test('every transport gives the same bytes', () => {
    expect(answers.memory.length).toBe(cases.length);
    expect(answers.http).toEqual(answers.memory);
    expect(answers.stdio).toEqual(answers.memory);
  });

  test.each(cases)('$type: $sql is $json', ({ tool, json }) => {
    const text = `{"rows":[{"value":${json}}],"message":"1 row."}`;
    const line = answers.http[cases.findIndex((each) => each.tool === tool)] ?? '';
    const { result } = JSON.parse(line);
    expect(result).toEqual({
      content: [{ type: 'text', text }],
      structuredContent: JSON.parse(text),
      _meta: { 'movie-hub/rows': 1 },
    });
    // Not only the same value, but written the same.
    expect(line).toContain(`"structuredContent":${text}`);
  });
});

describe('a row schema that has numbers', () => {
  let own: OwnSchema;
  beforeAll(async () => {
    own = await openOwnSchema('embedded', () => []);
  });
  afterAll(() => own.close());

  const wrong = failure('internal');
  test.each<[sql: string, schema: object, json: string | undefined]>([
    ['7::int8', { type: 'integer' }, '7'],
    ['9007199254740991::int8', { type: 'integer' }, '9007199254740991'],
    ['9007199254740993::int8', { type: 'integer' }, undefined],
    ['9007199254740993::int8', { type: 'number' }, undefined],
    ['9007199254740993::int8', { type: ['integer', 'string'] }, '"9007199254740993"'],
    ['9007199254740993::int8', { type: 'string' }, '"9007199254740993"'],
    ['0.1000', { type: 'number' }, '0.1'],
    ['0.5', { type: 'integer' }, undefined],
    ['7.0', { type: 'integer' }, undefined],
    [`'NaN'::numeric`, { type: 'number' }, undefined],
    [`'Infinity'::float8`, { type: 'number' }, undefined],
    [`'Infinity'::float8`, { type: ['number', 'string'] }, '"Infinity"'],
    ['NULL::int8', { type: ['integer', 'null'] }, 'null'],
    ['NULL::int8', { type: 'integer' }, undefined],
    ['ARRAY[7::int8]', { type: 'array', items: { type: 'integer' } }, undefined],
    ['ARRAY[7::int8]', { type: 'array', items: { type: 'string' } }, '["7"]'],
  ])('%s as %j is %s', async (sql, schema, json) => {
    const tool = defineQueryTool({
      name: 'value',
      title: 'A value',
      description: 'Returns one value.',
      sql: `SELECT ${sql} AS value`,
      input: { type: 'object', properties: {} },
      row: { type: 'object', properties: { value: schema }, required: ['value'] },
    });
    const client = await connect(serverOf(own, [tool]));
    const result = await call(client, 'value', {});
    expect(textOf(result)).toBe(
      json === undefined ? wrong : `{"rows":[{"value":${json}}],"message":"1 row."}`,
    );
    await client.close();
  });
});

test('docs/reference/values.md has the table of these tests', () => {
  const rows = rowsOf(sectionOf(pageAt('docs/reference/values.md'), 'The mapping'));
  const documented = rows.map(([type, becomes, sql = '', json = '']) => [
    type,
    becomes,
    codeIn(sql),
    codeIn(json),
  ]);
  const tested = valueTypes.map(({ type, becomes, cases: [first] }) => [
    type,
    becomes,
    [first?.[0]],
    [first?.[1]],
  ]);
  expect(documented).toEqual(tested);
});

function serverOf(own: OwnSchema, tools: readonly QueryTool[]): ToolServer {
  return createQueryMcpServer(own.pool, own.of('ada'), {
    name: 'values',
    version: '1',
    instructions: 'Values.',
    tools,
  });
}
