import { defineQuery, movieEntitlements, runQuery, withEntitlements } from 'movie-hub';
import { loadImdb } from 'movie-hub/dataset';
import { describe, expect, test } from 'vitest';
import type { LoadedFile } from '../../src/dataset/load-imdb';
import { databaseKinds } from '../support/databases';
import { imdbFolder } from './imdb-folder';
import { title, useLoadDatabase } from './load-database';

describe.each(databaseKinds)('loadImdb on %s', (kind) => {
  const { database, load, rowsOf, titles, counts } = useLoadDatabase(kind);

  test('every column of every file arrives', async () => {
    const folder = imdbFolder({
      'title.basics': [
        'tt0000001 | tvSeries | Primary | Original | 0 | 1990 | 1999 | 45 | Drama,Comedy',
        'tt0000002 | tvEpisode | Part | Part | 1 | \\N | \\N | \\N | \\N',
      ],
      'name.basics': [
        'nm0000001 | Ann | 1950 | 2020 | actress,writer | tt0000001',
        'nm0000002 | Bob | \\N | \\N | \\N | \\N',
      ],
      'title.principals': [
        'tt0000001 | 1 | nm0000001 | actress | \\N | ["One","Two"]',
        'tt0000001 | 2 | nm0000002 | writer | based on a dream | \\N',
      ],
      'title.ratings': ['tt0000001 | 8.7 | 1234567'],
      'title.akas': [
        'tt0000001 | 1 | Anderswo | DE | de | imdbDisplay\u0002tv | short title\u0002new | 0',
        'tt0000001 | 2 | Primary | \\N | \\N | original | \\N | 1',
      ],
      'title.episode': ['tt0000002 | tt0000001 | 2 | \\N'],
      'title.crew': ['tt0000001 | nm0000002,nm0000001 | nm0000001', 'tt0000002 | \\N | \\N'],
    });
    const loaded = await load(folder);
    expect(loaded.map(({ file, lines, rejected }) => [file, lines, rejected])).toEqual([
      ['title.basics', 2, 0],
      ['name.basics', 2, 0],
      ['title.principals', 2, 0],
      ['title.ratings', 1, 0],
      ['title.akas', 2, 0],
      ['title.episode', 1, 0],
      ['title.crew', 2, 0],
    ]);
    const table = async (columns: string, from: string) =>
      (await rowsOf(`SELECT ${columns} FROM movie_hub.${from} ORDER BY 1, 2`)).map((row) =>
        JSON.stringify(Object.values(row as object)),
      );
    expect(
      await table(
        'title_id, title_type, primary_title, original_title, is_adult, start_year, end_year, runtime_minutes',
        'titles',
      ),
    ).toEqual(['[1,3,"Primary","Original",false,1990,1999,45]', '[2,4,"Part","Part",true,null,null,null]']);
    expect(await table('genre, title_id, title_type', 'genres')).toEqual(['["Comedy",1,3]', '["Drama",1,3]']);
    expect(
      await table('name_id, primary_name, birth_year, death_year, professions, title_types', 'names'),
    ).toEqual(['[1,"Ann",1950,2020,["actress","writer"],[3]]', '[2,"Bob",null,null,[],[3]]']);
    expect(
      await table('ordering, title_id, title_type, name_id, category, job, characters', 'principals'),
    ).toEqual(['[1,1,3,1,"actress",null,["One","Two"]]', '[2,1,3,2,"writer","based on a dream",null]']);
    expect(await table('*', 'ratings')).toEqual(['[1,3,"8.7",1234567]']);
    expect(
      await table(
        'ordering, title_type, title, region, language, types, attributes, is_original_title',
        'akas',
      ),
    ).toEqual([
      '[1,3,"Anderswo","DE","de",["imdbDisplay","tv"],["short title","new"],false]',
      '[2,3,"Primary",null,null,["original"],[],true]',
    ]);
    expect(await table('*', 'episodes')).toEqual(['[2,4,1,3,2,null]']);
    expect(await table('role, ordering, name_id, title_id, title_type', 'crew')).toEqual([
      '["director",1,2,1,3]',
      '["director",2,1,1,3]',
      '["writer",1,1,1,3]',
    ]);
  });

  test.each<[what: string, title: string]>([
    ['quotes', `"Quoted" 'single' \`back\``],
    ['an opening quote alone', '"Heroes'],
    ['backslashes', 'C:\\new\\table\\'],
    ['what looks like null', '\\N in the middle'],
    ['the end mark of COPY', '\\.'],
    ['other languages and emoji', 'Amélie 千と千尋 Ёлки 🎬'],
    ['a combining accent', 'Ame\u0301lie'],
    ['line separators that are no line ends', 'a\u2028b\u2029c\u0085d\u000be'],
    ['spaces around it', '  spaced  '],
    ['braces and commas', '{1,"x",NULL}'],
    ['SQL', `'); DROP TABLE movie_hub.titles; --`],
    ['markup', '<b>&amp;</b>'],
    ['the word NULL', 'NULL'],
  ])('a field with %s is kept as it is', async (_, value) => {
    const folder = imdbFolder({
      'title.basics': [
        `tt0000001 | movie | ${value} | ${value} | 0 | 2000 | \\N | \\N | ${value.replaceAll(',', ';')}`,
      ],
      'name.basics': [`nm0000001 | ${value} | \\N | \\N | ${value.replaceAll(',', ';')} | \\N`],
      'title.principals': [
        `tt0000001 | 1 | nm0000001 | actor | ${value} | ${JSON.stringify([value, value])}`,
      ],
      'title.akas': [`tt0000001 | 1 | ${value} | \\N | \\N | ${value} | ${value} | 0`],
    });
    expect((await load(folder)).map((file) => file.rejects)).toEqual([[], [], [], []]);
    const list = [value.replaceAll(',', ';')];
    expect(
      await rowsOf(
        `SELECT primary_title, original_title, genre, primary_name, professions, job, characters, title, types, attributes
         FROM movie_hub.titles JOIN movie_hub.genres USING (title_id) JOIN movie_hub.principals USING (title_id)
           JOIN movie_hub.names USING (name_id) JOIN movie_hub.akas USING (title_id)`,
      ),
    ).toEqual([
      {
        primary_title: value,
        original_title: value,
        genre: list[0],
        primary_name: value,
        professions: list,
        job: value,
        characters: [value, value],
        title: value,
        types: [value],
        attributes: [value],
      },
    ]);
  });

  test('a second load brings rows up to date, doubles none, and leaves what was made by hand', async () => {
    const people = ['nm0000001 | Ann | \\N | \\N | \\N | \\N'];
    const principals = ['tt0000001 | 1 | nm0000001 | actor | \\N | ["X"]'];
    await load(
      imdbFolder({
        'title.basics': [title(1), title(2)],
        'name.basics': people,
        'title.principals': principals,
      }),
    );
    const [{ title_id: made }] = (await rowsOf(
      `INSERT INTO movie_hub.titles (title_type, primary_title, original_title) VALUES (1, 'By hand', 'By hand') RETURNING title_id`,
    )) as [{ title_id: number }];
    await rowsOf(`INSERT INTO movie_hub.names (primary_name) VALUES ('Hand') RETURNING name_id`);
    await rowsOf(
      `INSERT INTO movie_hub.principals (title_id, ordering, title_type, name_id, category) VALUES (${made}, 1, 1, 1, 'actor')`,
    );
    const before = await counts();
    const again = imdbFolder({
      'title.basics': [title(1, 'Renamed').replace('movie', 'tvMovie'), title(2)],
      'name.basics': people,
      'title.principals': principals,
    });
    await load(again);
    await load(again);
    expect(await counts()).toEqual(before);
    expect(await titles()).toEqual(['Renamed', 'Title 2', 'By hand']);
    // The type of a title changed: all that hangs on it followed, and whoever plays in it is seen in both types.
    expect(await rowsOf('SELECT title_type FROM movie_hub.principals ORDER BY title_id')).toEqual([
      { title_type: 5 },
      { title_type: 1 },
    ]);
    expect(await rowsOf('SELECT title_types FROM movie_hub.names ORDER BY name_id')).toEqual([
      { title_types: [1, 5] },
      { title_types: [] },
    ]);
  });

  test('what was read is told file by file', async () => {
    const told: LoadedFile[] = [];
    const folder = imdbFolder({ 'title.ratings': ['tt0000001 | 5 | 5'], 'title.basics': [title(1)] });
    const loaded = await loadImdb(database().admin, folder, { onFile: (file) => told.push(file) });
    expect(told).toEqual(loaded);
    expect(told.map((file) => file.file)).toEqual(['title.basics', 'title.ratings']);
  });

  test('what a function of the caller throws is passed on as it is, and stops the load', async () => {
    const thrown = Object.assign(new Error('of the caller'), { code: '22P02' });
    const throwing = () => {
      throw thrown;
    };
    const folder = imdbFolder({ 'title.basics': [title(1)] });
    await expect(loadImdb(database().admin, folder, { onFile: throwing })).rejects.toBe(thrown);
    await load(folder);
    expect(await titles()).toHaveLength(1);
  });

  test('nobody loads by way of a pool that serves', async () => {
    if (kind === 'embedded') return;
    const folder = imdbFolder({ 'title.basics': [title(1)] });
    for (const pool of Object.values(database().pools)) {
      await expect(loadImdb(pool, folder)).rejects.toMatchObject({ code: 'query_failed' });
    }
    expect(await titles()).toEqual([]);
  });

  test('readers see at once what was loaded, and just their types', async () => {
    await load(imdbFolder({ 'title.basics': [title(1), title(2).replace('movie', 'tvMovie')] }));
    const found = defineQuery<{ title_id: number }>({
      name: 'found',
      sql: `SELECT title_id FROM movie_hub.search_titles('title', 10) JOIN movie_hub.titles USING (title_id)`,
      parameters: [],
    });
    const seen = (titleTypes: number[]) =>
      withEntitlements(database().pools.reader, movieEntitlements({ titleTypes }), (scope) =>
        runQuery(scope, found, {}),
      );
    expect(await seen([1])).toEqual([{ title_id: 1 }]);
    expect(await seen([5])).toEqual([{ title_id: 2 }]);
  });
});
