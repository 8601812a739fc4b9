import { createQueryMcpServer } from 'movie-hub';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { databaseKinds } from '../support/databases';
import { connect } from '../support/mcp';
import { type OwnSchema, openOwnSchema } from '../support/own-schema';

const policed = (table: string, role: string) => [
  `ALTER TABLE ${table} ENABLE ROW LEVEL SECURITY`,
  `CREATE POLICY all_rows ON ${table} USING (true)`,
  `GRANT SELECT ON ${table} TO ${role}`,
];

describe.each(databaseKinds)('keys in the description of tables on %s', (kind) => {
  let own: OwnSchema;
  let lines: readonly string[];

  beforeAll(async () => {
    own = await openOwnSchema(kind, (role) => [
      'CREATE SCHEMA s',
      'CREATE SCHEMA closed',
      `GRANT USAGE ON SCHEMA s TO ${role}`,
      'CREATE TABLE s.p (tenant text, p_id int, PRIMARY KEY (tenant, p_id))',
      'CREATE TABLE s.partly (id int PRIMARY KEY, shown text)',
      'CREATE TABLE s.secret (id int PRIMARY KEY)',
      'CREATE TABLE closed.t (id int PRIMARY KEY)',
      `CREATE TABLE s.c (
        id int PRIMARY KEY,
        tenant text,
        p_id int,
        partly_id int REFERENCES s.partly,
        secret_id int REFERENCES s.secret,
        closed_id int REFERENCES closed.t,
        FOREIGN KEY (tenant, p_id) REFERENCES s.p
      )`,
      ...policed('s.p', role),
      ...policed('s.c', role),
      'ALTER TABLE s.partly ENABLE ROW LEVEL SECURITY',
      'CREATE POLICY all_rows ON s.partly USING (true)',
      `GRANT SELECT (id) ON s.partly TO ${role}`,
      'ALTER TABLE closed.t ENABLE ROW LEVEL SECURITY',
      'CREATE POLICY all_rows ON closed.t USING (true)',
      `GRANT SELECT ON closed.t TO ${role}`,
    ]);
    const server = createQueryMcpServer(own.pool, own.of('ada'), {
      name: 's',
      version: '1',
      instructions: 'Ask.',
      tools: [],
      schemaResource: true,
    });
    const client = await connect(server);
    const { contents } = await client.readResource({ uri: 'schema://tables' });
    const [content] = contents;
    const text = content !== undefined && 'text' in content ? String(content.text) : '';
    lines = (text.split('## s.c')[1]?.split('##')[0] ?? '').split('\n');
    await client.close();
  });
  afterAll(() => own.close());

  test.each<[column: string, facts: string]>([
    ['id', 'integer, key'],
    ['tenant', 'text, may be NULL, refers to s.p'],
    ['p_id', 'integer, may be NULL, refers to s.p'],
    ['partly_id', 'integer, may be NULL, refers to s.partly'],
    ['secret_id', 'integer, may be NULL'],
    ['closed_id', 'integer, may be NULL'],
  ])('%s: %s', (column, facts) => {
    expect(lines).toContain(`- \`${column}\` (${facts})`);
  });
});
