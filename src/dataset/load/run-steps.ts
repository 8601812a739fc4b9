import { databaseError, sqlStateOf } from 'movie-hub';
import type { Pool, PoolClient } from 'pg';
import { asLoader } from './as-loader';
import { holdLoad, type LoadState } from './load-state';
import { phases, takeOut } from './rebuild';
import { type LoadTableName, loadTables } from './tables';

interface Step {
  readonly step: number;
  readonly phase: number;
  readonly label: string;
  readonly statement: string;
}

/** How the steps of a rebuild are taken. */
export interface StepOptions {
  readonly state: LoadState;
  readonly isEmbedded: boolean;
  /** Steps that are taken side by side. */
  readonly jobs: number;
  readonly onStep: (label: string, done: number, total: number) => void;
  readonly signal: AbortSignal | undefined;
}

/** Takes the steps that are noted, phase after phase. Each is noted as taken in its own transaction. */
export async function runSteps(pool: Pool, options: StepOptions): Promise<void> {
  const { rows } = await asLoader(pool, (client) =>
    client.query<Step>(
      'SELECT step, phase, label, statement FROM movie_hub_load.steps WHERE phase < $1 ORDER BY phase, step',
      [phases.triggers],
    ),
  );
  let done = 0;
  for (const phase of new Set(rows.map((row) => row.phase))) {
    const queue = inQueue(rows.filter((row) => row.phase === phase));
    const work = async () => {
      for (let steps = queue.shift(); steps !== undefined; steps = queue.shift()) {
        for (const step of steps) {
          options.signal?.throwIfAborted();
          options.onStep(step.label, done, rows.length);
          await (phase === phases.vacuum ? runOutside(pool, step, options) : runInside(pool, step, options));
          done += 1;
        }
      }
    };
    const results = await Promise.allSettled(Array.from({ length: options.jobs }, work));
    const failed = results.find((result) => result.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }
  options.onStep('indexes and search texts', rows.length, rows.length);
}

/** Steps that may be taken side by side. The keys of one table may not: each locks it, and may take doubles out of it. */
function inQueue(steps: readonly Step[]): Step[][] {
  if (steps[0]?.phase !== phases.keys) return steps.map((step) => [step]);
  const labels = new Set(steps.map(({ label }) => label));
  return [...labels].map((label) => steps.filter((step) => step.label === label));
}

async function runInside(pool: Pool, step: Step, options: StepOptions): Promise<void> {
  await asLoader(pool, async (client) => {
    for (const setting of ["maintenance_work_mem = '512MB'", "work_mem = '256MB'"])
      await client.query(`SET LOCAL ${setting}`);
    await client.query('SAVEPOINT step');
    try {
      await client.query(step.statement);
    } catch (cause) {
      if (sqlStateOf(cause) !== '23505') throw cause;
      await client.query('ROLLBACK TO SAVEPOINT step');
      for (const statement of withoutDoubles(step)) await client.query(statement);
      await client.query(step.statement);
    }
    await take(client, step, options);
  });
}

/** Runs what no transaction may hold. */
async function runOutside(pool: Pool, step: Step, options: StepOptions): Promise<void> {
  const client = await pool.connect().catch((cause: unknown) => {
    throw databaseError(cause, { isConnecting: true });
  });
  let failure: Error | undefined;
  try {
    if (!options.isEmbedded) await client.query('SET ROLE movie_hub_owner');
    await client.query('SET statement_timeout = 0');
    await client.query(step.statement);
    await take(client, step, options);
  } catch (cause) {
    failure = databaseError(cause, { client });
    throw failure;
  } finally {
    await client.query('RESET ROLE; RESET statement_timeout').catch((cause: Error) => {
      failure ??= cause;
    });
    client.release(failure);
  }
}

async function take(client: PoolClient, step: Step, { state }: StepOptions): Promise<void> {
  await holdLoad(client, state);
  await client.query('DELETE FROM movie_hub_load.steps WHERE step = $1', [step.step]);
}

/** Lines with one key were found when it was made: the last counts. */
function withoutDoubles({ statement }: Step): string[] {
  const name = /^ALTER TABLE movie_hub\.(\w+) ADD CONSTRAINT \w+ (?:PRIMARY KEY|UNIQUE)/.exec(statement)?.[1];
  if (name === undefined || !(name in loadTables)) return [];
  const key = loadTables[name as LoadTableName].key.join(', ');
  const doubles = `DELETE FROM movie_hub.${name} AS o
    USING (SELECT ctid, lead(ctid) OVER (PARTITION BY ${key} ORDER BY ctid) AS later FROM movie_hub.${name}) AS s
    WHERE o.ctid = s.ctid AND s.later IS NOT NULL`;
  return [takeOut(name, doubles)];
}
