import { createQueryMcpServer, defineQueryTool } from 'movie-hub';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { databaseKinds } from '../support/databases';
import { call, connect } from '../support/mcp';
import { type OwnSchema, openOwnSchema } from '../support/own-schema';

const nested = defineQueryTool({
  name: 'nested',
  title: 'Nested',
  description: 'Returns arrays within arrays.',
  sql: `SELECT (repeat('[', :depth::int4) || repeat(']', :depth::int4))::jsonb AS value`,
  input: {
    type: 'object',
    properties: { depth: { type: 'integer', description: 'How many.' } },
    required: ['depth'],
  },
  row: { type: 'object', properties: { value: {} }, required: ['value'] },
});

describe.each(databaseKinds)('JSON that is nested deeper than it can be written, on %s', (kind) => {
  let own: OwnSchema;
  beforeAll(async () => {
    own = await openOwnSchema(kind, () => []);
  });
  afterAll(() => own.close());

  test('fails its call and nothing else', async () => {
    const client = await connect(
      createQueryMcpServer(own.pool, own.of('ada'), {
        name: 'nested',
        version: '1',
        instructions: 'Values.',
        tools: [nested],
      }),
    );
    // PostgreSQL itself refuses JSON a little deeper than this.
    expect(await call(client, 'nested', { depth: 5500 })).toMatchObject({ isError: true });
    expect(await call(client, 'nested', { depth: 2 })).toMatchObject({
      structuredContent: { rows: [{ value: [[]] }] },
    });
    await client.close();
  });
});
