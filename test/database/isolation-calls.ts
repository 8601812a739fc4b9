import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';
import fc from 'fast-check';
import { defineQuery, runQuery, withEntitlements } from 'movie-hub';
import type { Pool } from 'pg';
import { textOf } from '../support/mcp';
import {
  type Clients,
  entitlementsOf,
  type PathOptions,
  type Principal,
  principalOf,
  titles,
  types,
  underWhat,
  underWhatOf,
} from './isolation-tools';

/** One call: by whom, of what, and when it is cancelled: before it, in the same turn of the event loop, or after some ms. */
export interface Call {
  readonly titleTypes: readonly number[];
  readonly what: keyof typeof kinds;
  readonly type: number;
  readonly cancel: 'never' | 'before' | 'at once' | number;
}

/** Where calls go. */
export interface Target {
  readonly pool: Pool;
  readonly clients: Clients;
  readonly options: PathOptions;
}

interface Kind {
  /** Runs the call, and tells what came of it. */
  answer(target: Target, principal: Principal, call: Call, signal: AbortSignal): Promise<unknown>;
  /** What must come of it unless it is cancelled. */
  expected(principal: Principal, call: Call): unknown;
}

const idsOf = ({ titleTypes }: Principal): number[] =>
  titles.filter(({ type }) => titleTypes.includes(type)).map(({ id }) => id);

const reportsOf = (principal: Principal) =>
  idsOf(principal).map((id) => ({ id, under: underWhatOf(principal), bound: principal.name }));

/** A call of a tool of the test. */
function tool(
  name: string,
  args: (call: Call) => Record<string, unknown>,
  expected: (principal: Principal, call: Call) => unknown,
): Kind {
  return {
    expected,
    answer: async ({ clients }, principal, call, signal) => {
      const client = await clients.queries(principal);
      const result = await client.callTool({ name, arguments: args(call) }, undefined, { signal });
      return rowsOf(result as CallToolResult);
    },
  };
}

function rowsOf(result: CallToolResult): unknown {
  if (result.isError) return /\((\w+)\)$/.exec(textOf(result))?.[1] ?? textOf(result);
  const { rows, truncated } = result.structuredContent as { rows: object[]; truncated?: boolean };
  return truncated ? { some: [...new Set(rows.map((row) => JSON.stringify(row)))] } : rows;
}

/** A question to the movie server: the titles that its answer names must be those that the principal may see. */
function question(name: string, args: (call: Call) => Record<string, string>, asked: Kind['expected']): Kind {
  return {
    expected: asked,
    answer: async ({ clients }, principal, call, signal) => {
      const client = await clients.movies(principal);
      const result = await client.callTool({ name, arguments: args(call) }, undefined, { signal });
      const text = textOf(result as CallToolResult);
      const named = [...text.matchAll(/Harbour (\d+)/g)].map((match) => Number(match[1]));
      if (named.some((id) => !idsOf(principal).includes(id))) return { foreign: text };
      return { found: /"found":true/.test(text), ...(name === 'get_actor_roles' && { named: named.sort() }) };
    },
  };
}

const rows = defineQuery<{ id: number; under: string }>({
  name: 'rows',
  sql: `SELECT title_id AS id, ${underWhat} AS under FROM movie_hub.titles ORDER BY 1`,
  parameters: [],
});
const failing = defineQuery({ name: 'failing', sql: 'SELECT 1 / 0 AS failed', parameters: [] });

/** Work in a scope, which may go wrong in a way of its own. */
function work(mishap: 'none' | 'throws' | 'fails' | 'swallows' | 'two queries'): Kind {
  return {
    expected: (principal) => {
      if (mishap === 'throws') return 'mine';
      // Work without any right runs no query, so none can fail.
      if ((mishap === 'fails' || mishap === 'swallows') && principal.titleTypes.length > 0)
        return 'query_failed';
      return idsOf(principal).map((id) => ({ id, under: underWhatOf(principal) }));
    },
    answer: ({ pool, options }, principal, _, signal) =>
      withEntitlements(
        pool,
        entitlementsOf(principal),
        async (scope) => {
          if (mishap === 'fails') await runQuery(scope, failing, {});
          if (mishap === 'two queries') await Promise.all([1, 2].map(() => runQuery(scope, rows, {})));
          const seen = await runQuery(scope, rows, {});
          if (mishap === 'swallows') await runQuery(scope, failing, {}).catch(() => undefined);
          if (mishap === 'throws') throw new Error('mine');
          return seen;
        },
        { ...options, signal, statementTimeoutMs: principal.timeoutMs },
      ),
  };
}

const hasTitles = ({ titleTypes }: Principal) => titleTypes.length > 0;

const kinds = {
  report: tool('report', () => ({ ms: 0 }), reportsOf),
  nap: tool('report', ({ type }) => ({ ms: type }), reportsOf),
  fail: tool(
    'fail_at_type',
    ({ type }) => ({ type }),
    (principal, { type }) =>
      principal.titleTypes.includes(type) ? 'invalid_argument' : idsOf(principal).map((id) => ({ id })),
  ),
  'too long': tool(
    'take_too_long',
    () => ({}),
    (principal) => (hasTitles(principal) ? 'query_timeout' : []),
  ),
  'too much': tool(
    'show_too_much',
    () => ({}),
    (principal) =>
      hasTitles(principal)
        ? { some: [JSON.stringify({ under: underWhatOf(principal), bound: principal.name })] }
        : [],
  ),
  characters: question(
    'get_movie_characters',
    ({ type }) => ({ title: `Harbour ${type}1` }),
    ({ titleTypes }, { type }) => ({ found: titleTypes.includes(type) }),
  ),
  roles: question(
    'get_actor_roles',
    () => ({ actor: 'Bea Everywhere' }),
    (principal) => ({ found: hasTitles(principal), named: idsOf(principal) }),
  ),
  work: work('none'),
  'work that throws': work('throws'),
  'work that fails': work('fails'),
  'work that swallows a failure': work('swallows'),
  'work of several queries': work('two queries'),
} satisfies Record<string, Kind>;

const names = Object.keys(kinds) as Call['what'][];

/** Any call; on an embedded database, which cannot end a query, none that takes long or is cancelled. */
export function aCall(canCancel: boolean): fc.Arbitrary<Call> {
  return fc.record({
    titleTypes: fc.subarray(types),
    what: fc.constantFrom(...names.filter((name) => canCancel || name !== 'too long')),
    type: fc.constantFrom(...types),
    cancel: canCancel
      ? fc.oneof(
          { weight: 3, arbitrary: fc.constant('never' as const) },
          { weight: 1, arbitrary: fc.oneof(fc.constantFrom('before', 'at once'), fc.nat(12)) },
        )
      : fc.constant('never' as const),
  });
}

/** What may come of a call. */
export function outcomesOf(call: Call): unknown[] {
  const expected = kinds[call.what].expected(principalOf(call.titleTypes), call);
  return call.cancel === 'never' ? [expected] : [expected, 'cancelled'];
}

/** Runs a call, and returns what came of it: rows, a code, or the message of what was thrown. */
export async function outcome(target: Target, call: Call): Promise<unknown> {
  const controller = new AbortController();
  const abort = () => controller.abort(new Error('cancelled'));
  if (call.cancel === 'before') abort();
  if (call.cancel === 'at once') setImmediate(abort);
  const timer = typeof call.cancel === 'number' ? setTimeout(abort, call.cancel) : undefined;
  try {
    return await kinds[call.what].answer(target, principalOf(call.titleTypes), call, controller.signal);
  } catch (error) {
    const { code, message } = error as { code?: unknown; message: string };
    // The client of MCP throws what the signal says, which the server is told.
    if (controller.signal.aborted && /cancelled$/.test(message)) return 'cancelled';
    return code ?? message;
  } finally {
    clearTimeout(timer);
  }
}
