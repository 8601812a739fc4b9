import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { createMovieMcpServer } from 'movie-hub';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { databaseKinds, openDatabase, type TestDatabase } from '../support/databases';
import { call, connect } from '../support/mcp';
import { type SeedTitle, seed } from '../support/seed';
import { all, titles } from './movie-servers';

describe.each(databaseKinds)('forbidden looks like missing on %s', (kind) => {
  const visible = (title: SeedTitle) => title.type === 1;
  const people = [
    'Harrison Ford',
    'Tim Curry',
    'Dennis Weaver',
    'Hidden Director',
    'Peter',
    'Ford',
    'Harison Ford',
  ];
  people.push('Tim Cury', 'Curry, Tim', 'Denis Weever', 'Hiden Direktor', 'Sellars', 'Harrison Ford 1942');
  const misspelt = [
    'Hiden Duel',
    'Hidden Dual',
    'hiddenduel',
    'Duel',
    'Fargoo',
    'Fargo 2014',
    'It (1990)',
    'It 2017',
  ];
  misspelt.push('star wras', 'Amelei', 'Some Like It Cold', 'Hidden', 'strangelov', 'the fargo', 'it, the');
  const questions: [string, Record<string, string>][] = [
    ...titles.flatMap((t): [string, Record<string, string>][] => [
      ['get_movie_characters', { title: t.title }],
      ['get_movie_characters', { title: t.original ?? t.title }],
    ]),
    ...people.map((actor): [string, Record<string, string>] => ['get_actor_roles', { actor }]),
    ...misspelt.map((title): [string, Record<string, string>] => ['get_movie_characters', { title }]),
    ['get_movie_characters', { title: 'hidden' }],
    ['get_movie_characters', { title: 'Never Inserted' }],
  ];
  let whole: TestDatabase;
  let without: TestDatabase;
  beforeAll(async () => {
    whole = await openDatabase(kind);
    without = await openDatabase(kind);
    await seed(whole.admin, titles);
    await seed(without.admin, titles.filter(visible));
  });
  afterAll(() => Promise.all([whole.close(), without.close()]));

  const answers = async (database: TestDatabase, titleTypes: number[]) => {
    const client = await connect(createMovieMcpServer(database.pools.reader, { titleTypes }));
    const given: string[] = [JSON.stringify(await client.listTools())];
    for (const [tool, args] of questions) given.push(JSON.stringify(await call(client, tool, args)));
    await client.close();
    return given;
  };

  test('jim gets the same bytes from a database that never had the rows; vlad does not', async () => {
    expect(await answers(whole, [1])).toEqual(await answers(without, [1]));
    expect(await answers(whole, all)).not.toEqual(await answers(without, all));
  });

  test('nor do suggestions and other matches tell of them', async () => {
    const jim = await connect(createMovieMcpServer(whole.pools.reader, { titleTypes: [1] }));
    const vlad = await connect(createMovieMcpServer(whole.pools.reader, { titleTypes: all }));
    const hidden = ['Hidden Duel', 'Dennis Weaver', '2014', '1990', 'Tim Curry'];
    const told = async (client: Client) => {
      const given: string[] = [];
      for (const [tool, args] of questions)
        given.push(JSON.stringify((await call(client, tool, args)).structuredContent));
      return given;
    };
    const toJim = await told(jim);
    const toVlad = await told(vlad);
    expect(toJim.filter((answer) => answer.includes('"suggestions"')).length).toBeGreaterThan(5);
    expect(toJim.filter((answer) => answer.includes('"other_matches"')).length).toBeGreaterThan(1);
    for (const word of hidden) {
      expect(toJim.join('\n'), word).not.toContain(word);
      expect(toVlad.join('\n'), word).toContain(word);
    }
    const about = (title: string) => questions.findIndex(([, args]) => args.title === title);
    expect(toVlad[about('Hiden Duel')]).toMatch(/"suggestions":.*Hidden Duel/);
    expect(toVlad[about('Fargo')]).toMatch(/"other_matches":.*2014/);
    await Promise.all([jim.close(), vlad.close()]);
  });

  test('and the same words as for a title that nobody ever made', async () => {
    const client = await connect(createMovieMcpServer(whole.pools.reader, { titleTypes: [1] }));
    const forbidden = await call(client, 'get_movie_characters', { title: 'Hidden Duel' });
    const missing = await call(client, 'get_movie_characters', { title: 'Nobody Ever Made This' });
    expect(forbidden).toEqual(missing);
    await client.close();
  });
});
