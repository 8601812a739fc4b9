import {
  createMovieMcpServer,
  createQueryMcpServer,
  createTimeMcpServer,
  defineEntitlements,
  defineQueryTool,
  type Entitlements,
  type QueryTool,
} from 'movie-hub';
import type { Pool } from 'pg';
import { expectTypeOf, test } from 'vitest';
import { z } from 'zod';

// The compiler runs these tests (`npm run check:types`): a line that should be an error and is none is one itself.
// What is given to `compiled` is never called.
const compiled = (_: (context: { pool: Pool }) => unknown) => undefined;

const text = { name: 'find_orders', title: 'Orders', description: 'Finds orders.' };
const zodRow = z.object({ id: z.number() });

interface Clerk {
  tenant: string;
}
const unbound = {
  ...text,
  sql: 'SELECT :tenant',
  input: { type: 'object', properties: {} },
  row: zodRow,
} as const;
const forClerk = defineQueryTool({ ...unbound, bind: { tenant: (clerk: Clerk) => clerk.tenant } });
const forUser = defineQueryTool({ ...unbound, bind: { tenant: (id: number) => id } });
const forAnyone = defineQueryTool({ ...unbound, bind: { tenant: () => 'one' } });

test('who is asking has the type that bind says', () => {
  expectTypeOf(forClerk).toEqualTypeOf<QueryTool<Clerk>>();
  expectTypeOf(forUser).toEqualTypeOf<QueryTool<number>>();
  expectTypeOf(forAnyone).toEqualTypeOf<QueryTool<unknown>>();
  compiled(() => [
    defineQueryTool({ ...unbound, bind: { tenant: (clerk: Clerk) => [clerk.tenant, 'all'] } }),
    defineQueryTool({
      ...unbound,
      bind: { tenant: (clerk: Clerk): Record<string, unknown> => ({ ...clerk }) },
    }),
    defineQueryTool({ ...unbound, bind: { tenant: (clerk: Clerk) => clerk } }),
    // @ts-expect-error a promise is no value
    defineQueryTool({ ...unbound, bind: { tenant: async () => 'one' } }),
    // @ts-expect-error nor is what may be one
    defineQueryTool({ ...unbound, bind: { tenant: (): string | PromiseLike<string> => 'one' } }),
    // @ts-expect-error undefined is not NULL
    defineQueryTool({ ...unbound, bind: { tenant: () => undefined } }),
    // @ts-expect-error nobody has said who asks
    defineQueryTool({ ...unbound, bind: { tenant: (clerk) => clerk.tenant } }),
    // @ts-expect-error nobody is a text and a number
    defineQueryTool({ ...unbound, bind: { a: (id: number) => id, b: (name: string) => name } }),
  ]);
});

test('a server takes only tools that are bound to whom its entitlements name', () => {
  const options = { name: 'orders', version: '1', instructions: 'Ask for orders.' };
  const definition = { role: 'shop_reader', settings: {} };
  const clerk = defineEntitlements<Clerk>({ ...definition, principal: { tenant: 'one' } });
  const chief = defineEntitlements({ ...definition, principal: { tenant: 'one', level: 2 } });
  const nobody = defineEntitlements(definition);
  const anybody: Entitlements = clerk;
  compiled(({ pool }) => [
    createQueryMcpServer(pool, clerk, { ...options, tools: [forClerk, forAnyone] }),
    createQueryMcpServer(pool, async () => clerk, { ...options, tools: [forClerk] }),
    createQueryMcpServer(pool, chief, { ...options, tools: [forClerk] }),
    createQueryMcpServer(pool, nobody, { ...options, tools: [forAnyone] }),
    createQueryMcpServer(pool, anybody, { ...options, tools: [forAnyone] }),
    // @ts-expect-error a tool of another principal
    createQueryMcpServer(pool, clerk, { ...options, tools: [forUser] }),
    // @ts-expect-error even beside one of this
    createQueryMcpServer(pool, clerk, { ...options, tools: [forClerk, forUser] }),
    // @ts-expect-error told by a function
    createQueryMcpServer(pool, async () => clerk, { ...options, tools: [forUser] }),
    // @ts-expect-error entitlements that name nobody
    createQueryMcpServer(pool, nobody, { ...options, tools: [forClerk] }),
    // @ts-expect-error entitlements that may name anybody
    createQueryMcpServer(pool, anybody, { ...options, tools: [forClerk] }),
    // @ts-expect-error a definition is no tool yet
    createQueryMcpServer(pool, clerk, { ...options, tools: [unbound] }),
    // @ts-expect-error entitlements are not optional
    createQueryMcpServer(pool, undefined, { ...options, tools: [forAnyone] }),
    // @ts-expect-error the time server has tools of its own
    createTimeMcpServer({ tools: [forAnyone] }),
    // @ts-expect-error nor does the movies' server know who a clerk is
    createMovieMcpServer(pool, { titleTypes: [1] }, { tools: [forClerk] }),
  ]);
});
