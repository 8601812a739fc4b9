import {
  type AgentEvent,
  createMovieMcpServer,
  defineEntitlements,
  defineQuery,
  type Entitlements,
  type MovieEntitlements,
  movieEntitlements,
  type ReadScope,
  runQuery,
  type Scope,
  withEntitlements,
} from 'movie-hub';
import type { Pool, PoolClient } from 'pg';
import { expectTypeOf, test } from 'vitest';
import { type AccountScope, type EditScope, withAccounts, withEditor } from '../../src/ui/scopes';

// The compiler runs these tests (`npm run check:types`): a line that should be an error and is none is one itself.
// What is given to `compiled` is never called.
const compiled = (_: (context: { pool: Pool; client: PoolClient }) => unknown) => undefined;

const byTitle = defineQuery<{ title_id: number }, { title: string; types: number[] }>({
  name: 'by_title',
  sql: 'SELECT title_id FROM movie_hub.titles WHERE primary_title = :title AND title_type = ANY (:types)',
  parameters: ['title', 'types'],
});
const everything = defineQuery<{ n: string }>({
  name: 'n',
  sql: 'SELECT count(*) AS n FROM x',
  parameters: [],
});
const given = { title: 'M', types: [1] };
const seen: Entitlements = movieEntitlements({ titleTypes: [1] });

test('only a scope runs a query', () => {
  compiled(({ pool, client }) => [
    // @ts-expect-error a bare pool reaches no data
    runQuery(pool, byTitle, given),
    // @ts-expect-error nor does a connection
    runQuery(client, byTitle, given),
    // @ts-expect-error nor an object that somebody made
    runQuery({}, byTitle, given),
    // @ts-expect-error nor text instead of a query
    withEntitlements(pool, seen, (scope) => runQuery(scope, 'SELECT 1', {})),
    withEntitlements(pool, seen, (scope) => runQuery(scope, byTitle, given)),
    withEditor(pool, { username: 'admin' }, (scope) => runQuery(scope, byTitle, given)),
    withAccounts(pool, (scope) => runQuery(scope, everything, {})),
  ]);
});

test('a scope of one kind is not taken for another', () => {
  const reading = async (_: ReadScope) => [];
  const editing = async (_: EditScope) => [];
  const accounting = async (_: AccountScope) => [];
  compiled(({ pool }) => [
    withEntitlements(pool, seen, reading),
    withEditor(pool, { username: 'admin' }, editing),
    withAccounts(pool, accounting),
    // @ts-expect-error a reader is no editor
    withEntitlements(pool, seen, editing),
    // @ts-expect-error a reader has no accounts
    withEntitlements(pool, seen, accounting),
    // @ts-expect-error an editor sees all: he is no reader
    withEditor(pool, { username: 'admin' }, reading),
    // @ts-expect-error an editor has no accounts
    withEditor(pool, { username: 'admin' }, accounting),
    // @ts-expect-error who keeps accounts sees no titles
    withAccounts(pool, reading),
    // @ts-expect-error nor edits them
    withAccounts(pool, editing),
  ]);
  expectTypeOf<ReadScope>().not.toExtend<EditScope>();
  expectTypeOf<ReadScope>().not.toExtend<AccountScope>();
  expectTypeOf<EditScope>().not.toExtend<ReadScope>();
  expectTypeOf<EditScope>().not.toExtend<AccountScope>();
  expectTypeOf<AccountScope>().not.toExtend<ReadScope>();
  expectTypeOf<AccountScope>().not.toExtend<EditScope>();
  expectTypeOf<ReadScope>().toExtend<Scope>();
});

test('withEntitlements takes validated entitlements only', () => {
  const work = async (_: ReadScope) => 1;
  const lookalike = { role: 'movie_hub_reader', settings: { 'rls.types': '{1}' }, isEmpty: false };
  compiled(({ pool }) => [
    withEntitlements(pool, seen, work),
    withEntitlements(pool, defineEntitlements({ role: 'r', settings: {}, isEmpty: false }), work),
    // @ts-expect-error title types are not compiled entitlements
    withEntitlements(pool, { titleTypes: [1] }, work),
    // @ts-expect-error nor is an object of the same form
    withEntitlements(pool, lookalike, work),
    // @ts-expect-error nor nothing
    withEntitlements(pool, undefined, work),
  ]);
  compiled(() => {
    // @ts-expect-error entitlements do not change
    seen.role = 'postgres';
    // @ts-expect-error nor do their settings
    seen.settings['rls.types'] = '{1,5}';
  });
});

test('a movie server takes title types, or a function that tells them', () => {
  compiled(({ pool }) => [
    createMovieMcpServer(pool, { titleTypes: [1] }),
    createMovieMcpServer(pool, () => ({ titleTypes: [1] })),
    createMovieMcpServer(pool, async (): Promise<MovieEntitlements> => ({ titleTypes: [1] })),
    // @ts-expect-error entitlements are not optional
    createMovieMcpServer(pool),
    // @ts-expect-error a list alone says nothing
    createMovieMcpServer(pool, [1]),
    // @ts-expect-error ids are numbers
    createMovieMcpServer(pool, { titleTypes: ['1'] }),
    // @ts-expect-error a function that may tell nothing is no source
    createMovieMcpServer(pool, (): MovieEntitlements | null => null),
  ]);
});

test('parameters have the names and types that the query was defined with', () => {
  compiled(({ pool }) =>
    withEntitlements(pool, seen, async (scope) => [
      await runQuery(scope, byTitle, given),
      await runQuery(scope, everything, {}),
      // @ts-expect-error a parameter is missing
      await runQuery(scope, byTitle, { title: 'M' }),
      // @ts-expect-error parameters are not optional
      await runQuery(scope, byTitle),
      // @ts-expect-error a value has the wrong type
      await runQuery(scope, byTitle, { title: 1, types: [1] }),
      // @ts-expect-error undefined is not NULL
      await runQuery(scope, byTitle, { title: undefined, types: [1] }),
      // @ts-expect-error a parameter is unknown
      await runQuery(scope, byTitle, { title: 'M', types: [1], tytle: 'M' }),
    ]),
  );
  defineQuery<object, { a: number }>({ name: 'right', sql: 'SELECT :a', parameters: ['a'] });
  compiled(() => [
    // @ts-expect-error a name that is no parameter
    defineQuery<object, { a: number }>({ name: 'wrong', sql: 'SELECT :b', parameters: ['b'] }),
    // @ts-expect-error the names are not optional
    defineQuery<object, { a: number }>({ name: 'wrong', sql: 'SELECT :a' }),
  ]);
});

test('rows have the type that the query was defined with', () => {
  compiled(({ pool }) =>
    withEntitlements(pool, seen, async (scope) => {
      const rows = await runQuery(scope, byTitle, given);
      expectTypeOf(rows).toEqualTypeOf<{ title_id: number }[]>();
      return rows;
    }),
  );
});

test('an event is narrowed by its type', () => {
  const show = (event: AgentEvent): string => {
    // @ts-expect-error not every event has text
    event.text;
    switch (event.type) {
      case 'text':
        return event.text;
      case 'tool_call':
        expectTypeOf(event.arguments).toBeObject();
        return event.name;
      case 'tool_result':
        expectTypeOf(event.isError).toEqualTypeOf<boolean>();
        expectTypeOf(event.milliseconds).toEqualTypeOf<number>();
        return event.content;
      case 'run_finished':
        // @ts-expect-error an end has no text
        event.text;
        return event.stopReason;
      default:
        return event.type;
    }
  };
  compiled(() => show);
});
