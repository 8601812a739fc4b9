import { loadImdb } from 'movie-hub/dataset';
import { describe, expect, test } from 'vitest';
import type { LoadedFile, LoadImdbOptions } from '../../src/dataset/load-imdb';
import { databaseKinds } from '../support/databases';
import { type ImdbLines, imdbFolder } from './imdb-folder';
import { useLoadDatabase } from './load-database';
import { allRows, inSmallPieces, untrueAfterLoad } from './loaded-rows';

const title = (id: number, type: string) =>
  `tt000000${id} | ${type} | T${id} | T${id} | 0 | 2000 | \\N | 90 | Drama`;
const part = (id: number, name: number) => `tt000000${id} | 1 | nm000000${name} | actor | \\N | \\N`;

/** Movies 1 and 2, the second with few votes; a TV movie; a series with its episode; a movie without votes. */
const lines: ImdbLines = {
  'title.basics': [
    title(1, 'movie'),
    title(2, 'movie'),
    title(3, 'tvMovie'),
    title(4, 'tvSeries'),
    title(5, 'tvEpisode'),
    title(6, 'movie'),
  ],
  'name.basics': [1, 2, 3, 4, 5, 6, 7].map((id) => `nm000000${id} | P${id} | \\N | \\N | \\N | \\N`),
  'title.principals': [part(1, 1), part(2, 2), part(3, 3), part(4, 4), part(5, 5)],
  'title.ratings': [1, 2, 3, 4, 5].map((id) => `tt000000${id} | 7.0 | ${id === 2 ? 99 : id * 100}`),
  'title.akas': [1, 2, 3, 4].map((id) => `tt000000${id} | 1 | Aka ${id} | DE | \\N | \\N | \\N | 0`),
  'title.episode': ['tt0000005 | tt0000004 | 1 | 1'],
  'title.crew': ['tt0000001 | nm0000006 | \\N', 'tt0000003 | nm0000007 | \\N'],
};

interface Subset {
  options: LoadImdbOptions;
  titles: number[];
  names: number[];
  episodes: number;
  /** Lines left out of basics, names, principals, ratings, akas, episode and crew. */
  leftOut: number[];
}

const subsets: Record<string, Subset> = {
  'of some types': {
    options: { only: ['movie', 'tvEpisode'] },
    titles: [1, 2, 5, 6],
    names: [1, 2, 5, 6],
    // The series of the episode is not there.
    episodes: 0,
    leftOut: [2, 3, 2, 2, 2, 1, 1],
  },
  'with many votes': {
    options: { minVotes: 100 },
    titles: [1, 3, 4, 5],
    names: [1, 3, 4, 5, 6, 7],
    episodes: 1,
    leftOut: [2, 1, 1, 1, 1, 0, 0],
  },
  'of some types with many votes': {
    options: { only: ['tvMovie', 'movie'], minVotes: 100 },
    titles: [1, 3],
    names: [1, 3, 6, 7],
    episodes: 0,
    leftOut: [4, 3, 3, 3, 2, 1, 0],
  },
};

describe.each(databaseKinds)('a part of the titles on %s', (kind) => {
  const { database, rowsOf } = useLoadDatabase(kind);
  const load = (options: LoadImdbOptions, files = lines) =>
    loadImdb(database().admin, imdbFolder(files), options);
  const idsOf = async (table: 'titles' | 'names') => {
    const id = table === 'titles' ? 'title_id' : 'name_id';
    const rows = await rowsOf(`SELECT ${id} AS id FROM movie_hub.${table} ORDER BY 1`);
    return rows.map((row) => (row as { id: number }).id);
  };
  const leftOutOf = (loaded: readonly LoadedFile[]) => loaded.map(({ leftOut }) => leftOut);

  describe.each([{ rebuild: false }, { rebuild: true }])('%o', ({ rebuild }) => {
    test.each(Object.keys(subsets))('%s', async (what) => {
      inSmallPieces();
      const { options, titles, names, episodes, leftOut } = subsets[what] as Subset;
      const loaded = await load({ ...options, rebuild });
      expect(await idsOf('titles')).toEqual(titles);
      expect(await idsOf('names')).toEqual(names);
      expect(await rowsOf('SELECT FROM movie_hub.episodes')).toHaveLength(episodes);
      expect(leftOutOf(loaded)).toEqual(leftOut);
      expect(loaded.map(({ rejected }) => rejected)).toEqual([0, 0, 0, 0, 0, 0, 0]);
      expect(loaded.map((file) => file.lines)).toEqual([6, 7, 5, 5, 4, 1, 2]);
      expect(await untrueAfterLoad(database())).toEqual([]);
    });

    test('a wider one adds to it, and all titles in the end are as loaded at once', async () => {
      await load({ only: ['movie'], minVotes: 100, rebuild });
      expect(await idsOf('titles')).toEqual([1]);
      await load({ only: ['movie'], rebuild });
      expect([await idsOf('titles'), await idsOf('names')]).toEqual([
        [1, 2, 6],
        [1, 2, 6],
      ]);
      const loaded = await load({ rebuild });
      expect(leftOutOf(loaded)).toEqual([0, 0, 0, 0, 0, 0, 0]);
      expect(await untrueAfterLoad(database())).toEqual([]);
      const rows = await allRows(database());
      await database().admin.query('DELETE FROM movie_hub.titles');
      await database().admin.query('DELETE FROM movie_hub.names');
      await load({ rebuild: !rebuild });
      expect(await allRows(database())).toEqual(rows);
    });

    test('a narrower one takes nothing away', async () => {
      await load({ rebuild });
      const rows = await allRows(database());
      await load({ only: ['movie'], rebuild });
      expect(await allRows(database())).toEqual(rows);
    });
  });

  test('is of types that there are', async () => {
    await expect(load({ only: ['movie', 'film', 'TVMovie'] })).rejects.toMatchObject({
      code: 'invalid_argument',
      message: expect.stringMatching(/film, TVMovie.*movie, short, .*tvPilot/),
    });
    await expect(load({ only: [] })).rejects.toMatchObject({ code: 'invalid_argument' });
    expect(await idsOf('titles')).toEqual([]);
    await load({ only: ['movie'] });
    expect(await idsOf('titles')).toEqual([1, 2, 6]);
  });

  test('by votes needs the file of votes, and a number', async () => {
    const { 'title.ratings': _, ...others } = lines;
    await expect(load({ minVotes: 1 }, others)).rejects.toMatchObject({
      code: 'not_found',
      message: expect.stringContaining('title.ratings'),
    });
    for (const minVotes of [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])
      await expect(load({ minVotes })).rejects.toMatchObject({ code: 'invalid_argument' });
    await load({ minVotes: 0 }, others);
    expect(await idsOf('titles')).toEqual([1, 2, 3, 4, 5, 6]);
  });
});
