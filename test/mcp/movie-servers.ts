import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { createMovieMcpServer, type MovieEntitlements } from 'movie-hub';
import type { MovieMcpServerOptions } from '../../src/sdk/movies/movie-server';
import { type DatabaseKind, openDatabase, type TestDatabase } from '../support/databases';
import { connect } from '../support/mcp';
import { type SeedTitle, seed } from '../support/seed';

/** Every title type. */
export const all = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11];

/** Movies, and titles that a user of movies only may not see. */
export const titles: readonly SeedTitle[] = [
  {
    id: 1,
    type: 1,
    title: 'Star Wars: Episode IV - A New Hope',
    original: 'Star Wars',
    year: 1977,
    votes: 1_400_000,
    cast: [{ id: 1, name: 'Harrison Ford', characters: ['Han Solo'] }],
  },
  {
    id: 2,
    type: 1,
    title: 'Star Wars: Episode V - The Empire Strikes Back',
    year: 1980,
    votes: 1_300_000,
    cast: [{ id: 1, name: 'Harrison Ford', characters: ['Han Solo'] }],
  },
  {
    id: 3,
    type: 1,
    title: 'It',
    year: 2017,
    votes: 600_000,
    cast: [{ id: 2, name: 'Bill Skarsgård', characters: ['Pennywise'] }],
  },
  {
    id: 4,
    type: 6,
    title: 'It',
    year: 1990,
    votes: 150_000,
    cast: [{ id: 3, name: 'Tim Curry', characters: ['Pennywise'] }],
  },
  { id: 5, type: 1, title: 'Some Like It Hot', year: 1959, votes: 280_000 },
  {
    id: 6,
    type: 1,
    title: 'Amélie',
    original: "Le fabuleux destin d'Amélie Poulain",
    year: 2001,
    votes: 780_000,
    cast: [{ id: 4, name: 'Audrey Tautou', characters: ['Amélie Poulain'], category: 'actress' }],
  },
  { id: 7, type: 1, title: 'WALL·E', year: 2008, votes: 1_200_000 },
  { id: 8, type: 1, title: 'Se7en', year: 1995, votes: 1_800_000, akas: ['Seven'] },
  {
    id: 9,
    type: 1,
    title: 'Dr. Strangelove',
    year: 1964,
    votes: 500_000,
    cast: [
      {
        id: 5,
        name: 'Peter Sellers',
        characters: ['Group Capt. Lionel Mandrake', 'President Merkin Muffley', 'Dr. Strangelove'],
      },
    ],
  },
  { id: 10, type: 1, title: 'Fargo', year: 1996, votes: 700_000 },
  { id: 11, type: 3, title: 'Fargo', year: 2014, votes: 400_000 },
  {
    id: 12,
    type: 5,
    title: 'Hidden Duel',
    year: 1971,
    votes: 70_000,
    cast: [
      { id: 6, name: 'Dennis Weaver', characters: ['David Mann'] },
      { id: 1, name: 'Harrison Ford', characters: ['Secret'] },
    ],
    directors: [{ id: 7, name: 'Hidden Director' }],
  },
  { id: 13, type: 1, title: 'M', year: 1931, votes: 160_000 },
  { id: 14, type: 1, title: '9', year: 2009, votes: 140_000 },
  { id: 15, type: 1, title: 'No Cast' },
];

type Source = MovieEntitlements | (() => MovieEntitlements | Promise<MovieEntitlements>);

/** A database with these titles, and clients of movie servers on it. */
export interface MovieServers {
  readonly database: TestDatabase;
  /** Connects a client to a server of its own for somebody with these entitlements. */
  as(entitlements: Source, options?: MovieMcpServerOptions): Promise<Client>;
  close(): Promise<void>;
}

export async function openMovieServers(kind: DatabaseKind): Promise<MovieServers> {
  const database = await openDatabase(kind);
  await seed(database.admin, titles);
  const clients: Client[] = [];
  return {
    database,
    as: async (entitlements, options) => {
      const client = await connect(createMovieMcpServer(database.pools.reader, entitlements, options));
      clients.push(client);
      return client;
    },
    close: async () => {
      await Promise.all(clients.map((client) => client.close()));
      await database.close();
    },
  };
}
