import { createMovieMcpServer, createTimeMcpServer, type Model } from 'movie-hub';
import {
  createDemoModel,
  evaluate,
  formatEvaluation,
  movieCases,
  replayModel,
  ScriptedModel,
} from 'movie-hub/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { databaseKinds, openDatabase, type TestDatabase } from '../support/databases';

/** Recorded from the demo model, which is scripted: `npm run evals -- --demo --record test/agent/movie-cases.jsonl`. */
const recording = 'test/agent/movie-cases.jsonl';

describe.each(databaseKinds)('the cases of the movie tools on %s', (kind) => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await openDatabase(kind, 'demo');
  });
  afterAll(() => database.close());

  const run = (model: Model, cases = movieCases, concurrency = 1) =>
    evaluate({
      model,
      cases,
      concurrency,
      servers: ({ titleTypes }) => [
        createMovieMcpServer(database.pools.reader, { titleTypes }),
        createTimeMcpServer({ now: () => new Date('2025-01-15T12:00:00Z') }),
      ],
    });

  test('all 40 pass with the recorded model', async () => {
    const model = replayModel(recording);
    const evaluation = await run(model);
    expect(evaluation.cases).toHaveLength(40);
    expect(evaluation.passed, formatEvaluation(evaluation)).toBe(true);
    model.assertComplete();
  });

  test('several at once, too', async () => {
    const model = replayModel(recording);
    const evaluation = await run(model, movieCases, 4);
    expect(evaluation.passed, formatEvaluation(evaluation)).toBe(true);
    model.assertComplete();
  });

  test('a user who may see more gets what the case of another forbids', async () => {
    const forbidden = movieCases.filter(({ name }) => name.startsWith('not entitled'));
    expect(forbidden.length).toBeGreaterThan(3);
    const all = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11];
    const model = createDemoModel({ delayMs: 0 });
    const { cases } = await run(
      model,
      forbidden.map((one) => ({ ...one, titleTypes: all })),
    );
    expect(cases.filter(({ passed }) => passed)).toEqual([]);
  });

  test('a model that answers from memory, or follows an order in a row, fails', async () => {
    const said = 'Marlon Brando, Jared Harris as Legasov, 1990. It is 14:00. PINEAPPLE';
    const model = {
      id: 'm',
      stream: (...args: Parameters<Model['stream']>) =>
        new ScriptedModel({ turns: [said], validate: false }).stream(...args),
    };
    const { cases } = await run(model);
    const passed = cases.flatMap(({ name, passed }) => (passed ? [name] : []));
    expect(passed.filter((name) => !name.startsWith('no tool'))).toEqual([]);
  });
});
