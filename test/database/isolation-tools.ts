import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import {
  createMovieMcpServer,
  createQueryMcpServer,
  defineEntitlements,
  defineQueryTool,
  type Entitlements,
} from 'movie-hub';
import type { Pool } from 'pg';
import { connect } from '../support/mcp';
import type { SeedTitle } from '../support/seed';

export const types = [1, 3, 4, 5];
/** Two titles of each type with a person of their own; person 99 is in all of them. */
export const titles: readonly SeedTitle[] = types.flatMap((type) =>
  [0, 1].map((i) => ({
    id: type * 10 + i,
    type,
    title: `Harbour ${type * 10 + i}`,
    votes: 100 * type + i,
    genres: ['Drama'],
    cast: [
      { id: type * 10 + i, name: `Ann ${type} ${i}`, characters: ['X'] },
      { id: 99, name: 'Bea Everywhere', characters: ['Y'] },
    ],
  })),
);

/** Whoever asks. All that a call of his runs under follows from his types, so that a setting of another's would be seen. */
export interface Principal {
  readonly name: string;
  readonly titleTypes: readonly number[];
  readonly timeoutMs: number;
}

export function principalOf(titleTypes: readonly number[]): Principal {
  const number = types.reduce((sum, type, i) => sum + (titleTypes.includes(type) ? 2 ** i : 0), 0);
  return { name: `user ${number}`, titleTypes, timeoutMs: 20_001 + number };
}

export function entitlementsOf(principal: Principal): Entitlements<Principal> {
  return defineEntitlements({
    role: 'movie_hub_reader',
    settings: { 'rls.types': `{${principal.titleTypes.join(',')}}`, 'test.name': principal.name },
    isEmpty: principal.titleTypes.length === 0,
    principal,
  });
}

/** What a query runs under, as it sees it itself. */
export const underWhat = `current_user || ' ' || current_setting('rls.types') || ' ' || current_setting('test.name') || ' ' ||
  current_setting('statement_timeout') || ' ' || current_setting('transaction_read_only')`;

/** The same, as it has to be. */
export function underWhatOf({ titleTypes, name, timeoutMs }: Principal): string {
  return `movie_hub_reader {${titleTypes.join(',')}} ${name} ${timeoutMs}ms on`;
}

const integer = { type: 'integer', description: 'A number.' } as const;
const text = { type: 'string' } as const;
const words = { title: 'A test', description: 'Shows what the test asks for.' };
const bind = { who: ({ name }: Principal) => name };

/** Each shows titles, or what it runs under, or both. Those that sleep do so before they show anything. */
const tools = [
  defineQueryTool({
    ...words,
    name: 'report',
    sql: `SELECT t.title_id AS id, ${underWhat} AS under, :who::text AS bound FROM movie_hub.titles AS t
      WHERE (SELECT pg_sleep(:ms::float8 / 1000)::text) IS NOT NULL ORDER BY 1`,
    input: { type: 'object', properties: { ms: integer }, additionalProperties: false },
    row: { type: 'object', properties: { id: { type: 'integer' }, under: text, bound: text } },
    bind,
  }),
  defineQueryTool({
    ...words,
    name: 'fail_at_type',
    sql: 'SELECT t.title_id AS id, 1 / (t.title_type - :type::integer) AS quotient FROM movie_hub.titles AS t ORDER BY 1',
    input: { type: 'object', properties: { type: integer }, additionalProperties: false },
    row: { type: 'object', properties: { id: { type: 'integer' } } },
  }),
  defineQueryTool({
    ...words,
    name: 'take_too_long',
    sql: 'SELECT t.title_id AS id, pg_sleep(10)::text AS slept FROM movie_hub.titles AS t',
    input: { type: 'object', properties: {}, additionalProperties: false },
    row: { type: 'object', properties: { id: { type: 'integer' } } },
    statementTimeoutMs: 15,
  }),
  // Far past its bytes: it is ended in PostgreSQL.
  defineQueryTool({
    ...words,
    name: 'show_too_much',
    sql: `SELECT ${underWhat} AS under, :who::text AS bound FROM generate_series(1, 3000) AS n`,
    input: { type: 'object', properties: {}, additionalProperties: false },
    row: { type: 'object', properties: { under: text, bound: text } },
    bind,
    maxRows: 10_000,
    maxBytes: 2_000,
  }),
];

/** How a pool's servers open their transactions. */
export interface PathOptions {
  readonly preparedStatements: boolean;
}

/** Clients of the servers on one pool: one server of each kind for each principal. */
export class Clients {
  readonly #pool: Pool;
  readonly #options: PathOptions;
  readonly #clients = new Map<string, Promise<Client>>();

  constructor(pool: Pool, options: PathOptions) {
    this.#pool = pool;
    this.#options = options;
  }

  movies(principal: Principal): Promise<Client> {
    return this.#of(`movies of ${principal.name}`, () =>
      createMovieMcpServer(this.#pool, { titleTypes: principal.titleTypes }, this.#options),
    );
  }

  queries(principal: Principal): Promise<Client> {
    return this.#of(`queries of ${principal.name}`, () =>
      createQueryMcpServer(this.#pool, entitlementsOf(principal), {
        name: 'test',
        version: '1',
        instructions: 'For tests.',
        tools,
        statementTimeoutMs: principal.timeoutMs,
        ...this.#options,
      }),
    );
  }

  async close(): Promise<void> {
    for (const client of this.#clients.values()) await (await client).close();
  }

  #of(key: string, make: () => Parameters<typeof connect>[0]): Promise<Client> {
    const client = this.#clients.get(key) ?? connect(make());
    this.#clients.set(key, client);
    return client;
  }
}
