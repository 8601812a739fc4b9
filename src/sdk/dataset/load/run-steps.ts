import type { Pool, PoolClient } from 'pg';
import { withAdministrator } from '../../database/administrator';
import { databaseError, sqlStateOf } from '../../database/database-error';
import { holdLoad, type LoadState } from './load-state';
import { phases } from './rebuild';
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
  const { rows } = await pool.query<Step>(
    'SELECT step, phase, label, statement FROM movie_hub.load_steps ORDER BY phase, step',
  );
  let done = 0;
  for (const phase of new Set(rows.map((row) => row.phase))) {
    const steps = rows.filter((row) => row.phase === phase);
    const work = async () => {
      for (let step = steps.shift(); step !== undefined; step = steps.shift()) {
        options.signal?.throwIfAborted();
        options.onStep(step.label, done, rows.length);
        await (phase === phases.vacuum ? runOutside(pool, step, options) : runInside(pool, step, options));
        done += 1;
      }
    };
    const results = await Promise.allSettled(Array.from({ length: options.jobs }, work));
    const failed = results.find((result) => result.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }
  options.onStep('', rows.length, rows.length);
}

async function runInside(pool: Pool, step: Step, options: StepOptions): Promise<void> {
  await withAdministrator(pool, async (client) => {
    if (!options.isEmbedded) await client.query('SET LOCAL ROLE movie_hub_owner');
    for (const setting of [
      "maintenance_work_mem = '512MB'",
      "work_mem = '256MB'",
      'synchronous_commit = off',
    ])
      await client.query(`SET LOCAL ${setting}`);
    await client.query('SAVEPOINT step');
    try {
      await client.query(step.statement);
    } catch (cause) {
      const statement = withoutDoubles(step);
      if (sqlStateOf(cause) !== '23505' || statement === undefined) throw cause;
      await client.query('ROLLBACK TO SAVEPOINT step');
      await client.query(statement);
      await client.query(step.statement);
    }
    await take(client, step, options);
  });
}

/** Runs what no transaction may hold. */
async function runOutside(pool: Pool, step: Step, options: StepOptions): Promise<void> {
  const client = await pool.connect();
  let failure: Error | undefined;
  try {
    if (!options.isEmbedded) await client.query('SET ROLE movie_hub_owner');
    await client.query(step.statement);
    await take(client, step, options);
  } catch (cause) {
    failure = databaseError(cause);
    throw failure;
  } finally {
    await client.query('RESET ROLE').catch((cause: Error) => {
      failure ??= cause;
    });
    client.release(failure);
  }
}

async function take(client: PoolClient, step: Step, { state }: StepOptions): Promise<void> {
  await holdLoad(client, state);
  await client.query('DELETE FROM movie_hub.load_steps WHERE step = $1', [step.step]);
}

/** Lines with one key were found when it was made: the last counts. */
function withoutDoubles({ statement }: Step): string | undefined {
  const name = /^ALTER TABLE movie_hub\.(\w+) ADD CONSTRAINT \w+ (?:PRIMARY KEY|UNIQUE)/.exec(statement)?.[1];
  if (name === undefined || !(name in loadTables)) return undefined;
  const { key } = loadTables[name as LoadTableName];
  return `DELETE FROM movie_hub.${name} AS o
    USING (SELECT ctid, lead(ctid) OVER (PARTITION BY ${key.join(', ')} ORDER BY ctid) AS later FROM movie_hub.${name}) AS s
    WHERE o.ctid = s.ctid AND s.later IS NOT NULL`;
}
