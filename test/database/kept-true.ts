import fc from 'fast-check';
import { defineQuery, isMovieHubError, runQuery } from 'movie-hub';
import { expect } from 'vitest';
import { withEditor } from '../../src/ui/scopes';
import type { TestDatabase } from '../support/databases';

/** Whoever changes things in the tests of what triggers keep. */
export const editor = { username: 'admin' };

/** A change, as an editor's query. */
export const sql = (text: string) => defineQuery<object>({ name: 'change', sql: text, parameters: [] });

/** What is kept by triggers, and how a test looks at it. */
export interface Kept {
  /** Brings the database to where each run begins. */
  readonly refill: (database: TestDatabase) => Promise<unknown>;
  /** Returns what is not as the other tables say; empty when all is. */
  readonly untrue: (database: TestDatabase) => Promise<unknown[]>;
  readonly change: fc.Arbitrary<string>;
  readonly numRuns: number;
  /** More batches than this have to go through, or the test shows nothing. */
  readonly fewest: number;
}

/** Draws batches of changes, applies each in a transaction of an editor, and expects what is kept to be true after it. */
export async function expectKeptTrue(database: TestDatabase, kept: Kept): Promise<void> {
  const { refill, untrue, change, numRuns, fewest } = kept;
  const batches = fc.array(fc.array(change, { minLength: 1, maxLength: 3 }), { minLength: 5, maxLength: 12 });
  let applied = 0;
  const property = fc.asyncProperty(batches, async (drawn) => {
    await refill(database);
    for (const batch of drawn) {
      await withEditor(database.pools.editor, editor, async (scope) => {
        for (const each of batch) await runQuery(scope, sql(each), {});
      }).then(
        () => {
          applied += 1;
        },
        // A row that is there already, or that something refers to: the whole batch is undone.
        (error: unknown) => expect(isMovieHubError(error) && error.code).toBe('conflict'),
      );
      expect(await untrue(database), batch.join('\n')).toEqual([]);
    }
  });
  await fc.assert(property, { numRuns });
  expect(applied).toBeGreaterThan(fewest);
}
