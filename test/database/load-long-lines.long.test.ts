import { createHash } from 'node:crypto';
import { loadImdb } from 'movie-hub/dataset';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { databaseKinds, openDatabase, type TestDatabase } from '../support/databases';
import { imdbFolder } from './imdb-folder';
import { title } from './load-database';
import { empty, untrueAfterLoad } from './loaded-rows';

/** Text that cannot be packed, of so many bytes. */
const noise = (bytes: number) =>
  Array.from({ length: Math.ceil(bytes / 40) }, (_, i) => createHash('sha1').update(`${i}`).digest('hex'))
    .join('')
    .slice(0, bytes);
/** One character of three bytes that is eighteen when it is normalised. */
const growing = Array.from({ length: 640 }, (_, i) => `ﷺ${i % 10}`)
  .join('')
  .slice(0, 600);

describe.runIf(databaseKinds.includes('server')).each([{ rebuild: false }, { rebuild: true }])(
  'long lines and scattered ids: %o',
  ({ rebuild }) => {
    let database: TestDatabase;
    beforeAll(async () => {
      database = await openDatabase('server');
    });
    afterAll(() => database.close());

    test('no text is too long for an index that was not refused before', async () => {
      await empty(database);
      const line = (id: number, primary: string, original: string, genres: string) =>
        `tt000000${id} | movie | ${primary} | ${original} | 0 | 2000 | \\N | 90 | ${genres}`;
      const [titles, , akas] = await loadImdb(
        database.admin,
        imdbFolder({
          'title.basics': [
            line(1, noise(2000), noise(1999), 'Drama'),
            line(2, growing, growing, 'Drama'),
            line(3, 'A', noise(2001), 'Drama'),
            line(4, 'A', 'A', noise(2001)),
            line(5, noise(3_000_000), 'A', 'Drama'),
            title(6),
          ],
          'name.basics': [`nm0000001 | ${growing} | \\N | \\N | \\N | \\N`],
          'title.akas': [`tt0000006 | 1 | ${growing} | \\N | \\N | \\N | \\N | 0`],
        }),
        { rebuild },
      );
      expect(titles?.rejects).toEqual([
        { line: 4, reason: expect.stringMatching(/originalTitle .*2000 bytes: loaded without/) },
        { line: 5, reason: expect.stringMatching(/genres .*2000 bytes: loaded without/) },
        { line: 6, reason: expect.stringMatching(/1048576 bytes$/) },
      ]);
      expect(akas?.rejects).toEqual([]);
      expect(await untrueAfterLoad(database)).toEqual([]);
    });

    test('ids that lie too far apart are refused before they take all memory', async () => {
      await empty(database);
      const lines = Array.from({ length: 1500 }, (_, i) =>
        title(1).replace('tt0000001', `tt${String(i * 500_000).padStart(9, '0')}`),
      );
      const [titles] = await loadImdb(database.admin, imdbFolder({ 'title.basics': lines }), { rebuild });
      expect(titles).toMatchObject({ lines: 1500, rejected: 1500 - 1024 });
      expect(titles?.rejects[0]).toEqual({
        line: 1026,
        reason: expect.stringMatching(/\bid\b/),
      });
      expect(await untrueAfterLoad(database)).toEqual([]);
    });
  },
);
