import {
  createMovieMcpServer,
  defineEntitlements,
  movieEntitlements,
  type ReadScope,
  runQuery,
  withEntitlements,
} from 'movie-hub';
import type { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { databaseKinds } from '../support/databases';
import { call, connect, textOf } from '../support/mcp';
import { failure } from '../support/messages';
import { movies, ofCode, openScopeDatabase, type ScopeDatabase, titles } from './scope-database';

describe.each(databaseKinds)('who is entitled to nothing takes no connection, on %s', (kind) => {
  let opened: ScopeDatabase;
  let one: ScopeDatabase['one'];

  beforeAll(async () => {
    opened = await openScopeDatabase(kind);
    one = opened.one;
  });
  afterAll(() => opened.close());

  describe('empty entitlements', () => {
    const none = movieEntitlements({ titleTypes: [] });
    const untouchable = {
      connect: () => {
        throw new Error('a connection was taken');
      },
    } as unknown as Pool;

    test('never take a connection, and no query gives a row', async () => {
      expect(await withEntitlements(untouchable, none, (scope) => runQuery(scope, titles, {}))).toEqual([]);
      const client = await connect(createMovieMcpServer(untouchable, { titleTypes: [] }));
      expect((await call(client, 'get_movie_characters', { title: 'Seen' })).structuredContent).toMatchObject(
        {
          found: false,
        },
      );
      await client.close();
    });

    test('while others do', async () => {
      await expect(withEntitlements(untouchable, movies, async () => 1)).rejects.toThrow(
        'a connection was taken',
      );
    });

    test('their scope ends too', async () => {
      let escaped: ReadScope | undefined;
      await withEntitlements(untouchable, none, async (scope) => {
        escaped = scope;
      });
      await expect(runQuery(escaped as ReadScope, titles, {})).rejects.toEqual(ofCode('internal'));
    });

    test('the policy would say the same, were the query run', async () => {
      const asked = defineEntitlements({
        role: 'movie_hub_reader',
        settings: { 'rls.types': '{}' },
        isEmpty: false,
      });
      expect(await withEntitlements(one.reader, asked, (scope) => runQuery(scope, titles, {}))).toEqual([]);
      const unset = defineEntitlements({ role: 'movie_hub_reader', settings: {}, isEmpty: false });
      expect(await withEntitlements(one.reader, unset, (scope) => runQuery(scope, titles, {}))).toEqual([]);
      expect(await withEntitlements(one.reader, movies, (scope) => runQuery(scope, titles, {}))).toEqual([
        { title_id: 1 },
      ]);
    });
  });

  describe('a function that tells entitlements', () => {
    const ask = async (pool: Pool, source: () => Promise<{ titleTypes: number[] }>) => {
      const client = await connect(createMovieMcpServer(pool, source));
      const answer = await call(client, 'get_movie_characters', { title: 'Seen' });
      await client.close();
      return answer;
    };

    test('may use the pool of one itself: it is asked before a connection is taken', async () => {
      const answer = await ask(one.reader, async () => {
        const { rows } = await one.reader.query<{ types: number[] }>(`SELECT '{1}'::int[] AS types`);
        return { titleTypes: rows[0]?.types ?? [] };
      });
      expect(answer.structuredContent).toMatchObject({ found: true, title: { title: 'Seen' } });
    });

    const sources: [what: string, source: () => Promise<{ titleTypes: number[] }>][] = [
      ['throws', () => Promise.reject(new Error('secret'))],
      ['returns null', async () => null as never],
      ['returns undefined', async () => undefined as never],
      ['never answers', () => new Promise(() => undefined)],
    ];
    test.each(sources)('that %s denies without taking a connection', async (_, source) => {
      let connections = 0;
      const counted = {
        connect: () => {
          connections += 1;
          return one.reader.connect();
        },
      } as unknown as Pool;
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
      try {
        const asked = ask(counted, source);
        await vi.advanceTimersByTimeAsync(5_000);
        const answer = await asked;
        expect(textOf(answer)).toBe(failure('entitlements_unavailable'));
      } finally {
        vi.useRealTimers();
      }
      expect(connections).toBe(0);
      expect((await ask(counted, async () => ({ titleTypes: [1] }))).structuredContent).toMatchObject({
        found: true,
      });
      // One for the check of the database, one for the call.
      expect(connections).toBe(2);
    });
  });
});
