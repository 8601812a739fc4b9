import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canBeLoaded, columnChecks, generateFiles } from '../support/generated';
import { runsOf } from '../support/lane';

test('a few titles of any seed are generated, and each line can be loaded that is not spoiled', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 50 }),
      fc.maxSafeInteger(),
      fc.constantFrom(0, 0.05),
      async (titles, seed, spoiledShare) => {
        const made = await generateFiles({ titles, seed, spoiledShare });
        try {
          for (const { file, lines, spoiled } of made.files) {
            const rows = made.rows(file);
            expect(rows).toHaveLength(lines);
            expect(Object.keys(columnChecks)).toContain(file);
            expect(rows.filter((row) => !canBeLoaded(file, row))).toHaveLength(spoiled);
          }
          if (spoiledShare > 0) return;
          expect(made.rows('title.basics')).toHaveLength(titles);
          expect(made.rows('title.crew')).toHaveLength(titles);
        } finally {
          made.remove();
        }
      },
    ),
    { numRuns: runsOf(100) },
  );
});
