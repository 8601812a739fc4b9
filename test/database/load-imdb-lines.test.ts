import type { LoadedFile } from 'movie-hub';
import { describe, expect, test } from 'vitest';
import { databaseKinds } from '../support/databases';
import { imdbFolder } from './imdb-folder';
import { title, useLoadDatabase } from './load-database';

describe.each(databaseKinds)('lines that loadImdb cannot use on %s', (kind) => {
  const { load, rowsOf, titles, counts } = useLoadDatabase(kind);

  test('a line that cannot be used is counted with its number and the reason, and the others are loaded', async () => {
    const good = { movie: title(1), person: 'nm0000001 | Ann | \\N | \\N | \\N | \\N' };
    const folder = imdbFolder({
      'title.basics': [
        good.movie,
        'tt0000002 | movie | Too few columns',
        `${title(3)} | too many`,
        'xx0000004 | movie | A | A | 0 | \\N | \\N | \\N | \\N',
        'tt000000x | movie | A | A | 0 | \\N | \\N | \\N | \\N',
        'tt99999999999 | movie | A | A | 0 | \\N | \\N | \\N | \\N',
        '\\N | movie | A | A | 0 | \\N | \\N | \\N | \\N',
        'tt0000005 | movie | \\N | A | 0 | \\N | \\N | \\N | \\N',
        'tt0000006 | movie |  | A | 0 | \\N | \\N | \\N | \\N',
        'tt0000007 | movie | A | A | 0 | soon | \\N | \\N | \\N',
        'tt0000008 | movie | A | A | 0 | 1999.5 | \\N | \\N | \\N',
        'tt0000009 | radioPlay | A | A | 0 | \\N | \\N | \\N | \\N',
        'tt0000010 | movie | NUL \u0000 | A | 0 | \\N | \\N | \\N | \\N',
        'tt0000011 | movie | No original title |  | 0 | \\N | \\N | \\N | \\N',
      ],
      'name.basics': [good.person, 'nm0000002 |  | \\N | \\N | \\N | \\N'],
      'title.principals': [
        'tt0000001 | 1 | nm0000001 | actor | \\N | ["fine"]',
        'tt0000001 | \\N | nm0000001 | actor | \\N | \\N',
        'tt0000001 | 3 | nm0000001 | actor | \\N | not json',
        'tt0000001 | 4 | nm0000001 | actor | \\N | {"a": 1}',
        'tt0000001 | 5 | nm0000001 | actor | \\N | [1]',
        'tt0000001 | 6 | nm0000001 | actor | \\N | ["NUL \\u0000"]',
        'tt0000001 | 7 | nm0000001 | actor | \\N | ["half a pair \\ud83c"]',
        'tt0000001 | 8 | nm0000001 | \\N | \\N | \\N',
      ],
      'title.ratings': [
        'tt0000001 | good | 5',
        'tt0000001 | 11 | 5',
        'tt0000001 | -1 | 5',
        'tt0000001 | 5.5 | -5',
        'tt0000001 | 5.5 | \\N',
        'tt0000001 | NaN | 5',
        'tt0000001 | 5.5 | 10',
      ],
      'title.akas': ['tt0000001 | 1 |  | \\N | \\N | \\N | \\N | 0'],
      'title.episode': ['tt0000001 | \\N | 1 | 1'],
      'title.crew': ['tt0000001 | nm0000001,Ann | \\N', 'tt0000001 | nm0000001 | \\N'],
    });
    const loaded = Object.fromEntries((await load(folder)).map((file) => [file.file, file]));
    const rejects = (file: string) =>
      (loaded[file] as LoadedFile).rejects.map(({ line, reason }) => `${line}: ${reason}`);
    expect(rejects('title.basics')).toEqual([
      '3: the number of columns is not that of the header',
      '4: the number of columns is not that of the header',
      '5: tconst is not an id such as tt0000001',
      '6: tconst is not an id such as tt0000001',
      '7: tconst is not an id such as tt0000001',
      '8: tconst is missing',
      '9: primaryTitle is missing',
      '10: primaryTitle is missing',
      '11: startYear is not a whole number',
      '12: startYear is not a whole number',
      '13: titleType is not one that the database knows',
      '14: it holds a character that PostgreSQL cannot store',
    ]);
    expect(rejects('name.basics')).toEqual(['3: primaryName is missing']);
    expect(rejects('title.principals')).toEqual([
      '3: ordering is missing',
      '4: characters is not a JSON array of strings',
      '5: characters is not a JSON array of strings',
      '6: characters is not a JSON array of strings',
      '7: it holds a character that PostgreSQL cannot store',
      '8: it holds a character that PostgreSQL cannot store',
      '9: category is missing',
    ]);
    expect(rejects('title.ratings')).toEqual([
      '2: averageRating is not a number from 0 to 10',
      '3: averageRating is not a number from 0 to 10',
      '4: averageRating is not a number from 0 to 10',
      '5: numVotes is negative',
      '6: numVotes is missing',
      '7: averageRating is not a number from 0 to 10',
    ]);
    expect(rejects('title.akas')).toEqual(['2: title is missing']);
    expect(rejects('title.episode')).toEqual(['2: parentTconst is missing']);
    expect(rejects('title.crew')).toEqual(['2: person is not an id such as nm0000001']);
    for (const { rejected, rejects: listed } of Object.values(loaded)) expect(rejected).toBe(listed.length);
    expect(await counts()).toEqual([
      { titles: 2, genres: 1, names: 1, principals: 1, ratings: 1, akas: 0, episodes: 0, crew: 1 },
    ]);
    expect(await titles()).toEqual(['Title 1', 'No original title']);
  });

  test('of many bad lines all are counted, and the first hundred told', async () => {
    const folder = imdbFolder({ 'title.basics': [...Array(150).fill('bad'), title(1)] });
    const [file] = await load(folder);
    expect(file).toMatchObject({ lines: 151, rejected: 150 });
    expect(file?.rejects.length).toBe(100);
    expect(file?.rejects[99]?.line).toBe(101);
  });

  test('rows that name a title or a person there is not are left out, and counted', async () => {
    const folder = imdbFolder({
      'title.basics': [title(1), title(2)],
      'name.basics': ['nm0000001 | Ann | \\N | \\N | \\N | \\N'],
      'title.principals': [
        'tt0000001 | 1 | nm0000001 | actor | \\N | \\N',
        'tt0000001 | 2 | nm0000099 | actor | \\N | \\N',
        'tt0000099 | 1 | nm0000001 | actor | \\N | \\N',
      ],
      'title.ratings': ['tt0000001 | 5 | 5', 'tt0000099 | 5 | 5'],
      'title.akas': ['tt0000099 | 1 | A | \\N | \\N | \\N | \\N | 0'],
      'title.episode': ['tt0000099 | tt0000001 | 1 | 1', 'tt0000001 | tt0000099 | 1 | 1'],
      'title.crew': ['tt0000001 | nm0000099 | nm0000001', 'tt0000099 | nm0000001 | \\N'],
    });
    const missing = 'tconst is not in title.basics';
    expect(
      (await load(folder)).map(({ file, rejects }) => [file, ...rejects.map(({ reason }) => reason)]),
    ).toEqual([
      ['title.basics'],
      ['name.basics'],
      ['title.principals', 'nconst is not in name.basics', missing],
      ['title.ratings', missing],
      ['title.akas', 'titleId is not in title.basics'],
      ['title.episode', missing, 'parentTconst is not in title.basics'],
      ['title.crew', 'it names people who are not in name.basics; the others are kept', missing],
    ]);
    expect(await counts()).toEqual([
      { titles: 2, genres: 2, names: 1, principals: 1, ratings: 1, akas: 0, episodes: 0, crew: 1 },
    ]);
  });

  test('of lines with one key the last counts', async () => {
    const folder = imdbFolder({
      'title.basics': [title(1, 'First'), title(2), title(1, 'Last')],
      'name.basics': ['nm0000001 | Ann | \\N | \\N | \\N | \\N', 'nm0000001 | Anna | \\N | \\N | \\N | \\N'],
      'title.principals': [
        'tt0000001 | 1 | nm0000001 | actor | \\N | ["First"]',
        'tt0000001 | 1 | nm0000001 | actor | \\N | ["Last"]',
      ],
      'title.ratings': ['tt0000001 | 5 | 5', 'tt0000001 | 6 | 6'],
      'title.akas': [
        'tt0000001 | 1 | First | \\N | \\N | \\N | \\N | 0',
        'tt0000001 | 1 | Last | \\N | \\N | \\N | \\N | 0',
      ],
      'title.episode': ['tt0000002 | tt0000001 | 1 | 1', 'tt0000002 | tt0000001 | 1 | 2'],
      'title.crew': ['tt0000001 | nm0000001,nm0000001 | \\N', 'tt0000001 | nm0000001 | \\N'],
    });
    await load(folder);
    expect(await titles()).toEqual(['Last', 'Title 2']);
    expect(
      await rowsOf(
        `SELECT primary_name, characters, num_votes, title, episode_number, crew.ordering FROM movie_hub.names
           JOIN movie_hub.principals USING (name_id) JOIN movie_hub.ratings USING (title_id) JOIN movie_hub.akas USING (title_id)
           JOIN movie_hub.crew USING (title_id) JOIN movie_hub.episodes ON parent_title_id = ratings.title_id`,
      ),
    ).toEqual([
      {
        primary_name: 'Anna',
        characters: ['Last'],
        num_votes: 6,
        title: 'Last',
        episode_number: 2,
        ordering: 1,
      },
    ]);
  });
});
