import { afterAll, beforeAll, expect, test } from 'vitest';
import { openDatabase, type TestDatabase } from '../support/databases';
import { seed } from '../support/seed';
import { until } from './chat-request';
import { addUsers, openHub, visitorOf } from './open-hub';
import { harbourLights, lookUp, PlayedModel } from './played-model';
import { poolWith } from './pool-with';

let database: TestDatabase;
const model = new PlayedModel();

beforeAll(async () => {
  database = await openDatabase('embedded');
  await seed(database.admin, [harbourLights]);
  await addUsers(database);
});
afterAll(() => database?.close());

/** Opens a hub with what it logs, and whether the titles can be read. */
async function openLogged() {
  const state = { isAway: false };
  const reader = poolWith(database.pools.reader, () =>
    state.isAway
      ? Promise.reject(Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }))
      : database.pools.reader.connect(),
  );
  const lines: { level: number; msg: string; outcome?: string; err?: unknown }[] = [];
  const logger = { level: 'debug', stream: { write: (line: string) => lines.push(JSON.parse(line)) } };
  const app = await openHub({ ...database.pools, reader }, { model }, { logger });
  return { app, lines, state };
}

test('a call that is refused is no error; one that fails is', async () => {
  const { app, lines, state } = await openLogged();
  const jim = await visitorOf(app, 'jim');
  // It fits the schema; only the server knows that the database cannot hold it.
  model.play(lookUp('a\0b'), 'Sorry.');
  await jim.ask('Wrong?');
  await until(() => lines.some(({ msg }) => msg === 'A tool refused a call.'));
  const refused = lines.find(({ msg }) => msg === 'A tool refused a call.');
  expect(refused).toMatchObject({ level: 30, outcome: 'invalid_argument', tool: 'get_movie_characters' });
  expect(refused).not.toHaveProperty('err');
  expect(lines.filter(({ level }) => level >= 50)).toEqual([]);

  state.isAway = true;
  model.play(lookUp('Harbour Lights'), 'Away.');
  await jim.ask('Away?');
  await until(() => lines.some(({ level }) => level >= 50));
  const failed = lines.filter(({ level }) => level >= 50);
  expect(failed).toHaveLength(1);
  expect(failed[0]).toMatchObject({ msg: 'A tool failed.', outcome: 'database_unavailable' });
  expect(failed[0]?.err).toHaveProperty('stack');
  await app.close();
});
