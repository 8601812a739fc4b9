import { databaseError } from 'movie-hub';
import type { Pool, PoolClient } from 'pg';
import { embeddedOf } from '../embedded';
import { enableTriggers, noteDeleted, phases, planRebuild } from './rebuild';
import { asOwner, endRebuild, type LoadState, lockLoad } from './state';
import { type LoadTableName, loadTables } from './tables';

interface Step {
  readonly step: number;
  readonly phase: number;
  readonly label: string;
  readonly statement: string;
}

export interface BuildOptions {
  readonly onStep: (label: string, done: number, total: number) => void;
  readonly signal: AbortSignal | undefined;
}

/**
 * Builds what a rebuild is missing: indexes, constraints, derived tables and triggers. An interrupted build resumes.
 *
 * @returns The state for the second reading, if there were titles or people before.
 */
export async function build(
  pool: Pool,
  state: LoadState,
  options: BuildOptions,
): Promise<LoadState | undefined> {
  await asOwner(pool, async (client) => {
    await lockLoad(client, state);
    await planRebuild(client);
  });
  await runSteps(pool, state, options);
  return asOwner(pool, async (client) => {
    await lockLoad(client, state);
    await enableTriggers(client);
    return endRebuild(client, state);
  });
}

/** Runs the planned steps phase by phase. Each is removed from the plan in its own transaction. */
async function runSteps(pool: Pool, state: LoadState, { onStep, signal }: BuildOptions): Promise<void> {
  const { rows } = await asOwner(pool, (client) =>
    client.query<Step>(
      'SELECT step, phase, label, statement FROM movie_hub_load.steps WHERE phase < $1 ORDER BY phase, step',
      [phases.triggers],
    ),
  );
  let done = 0;
  for (const phase of new Set(rows.map((row) => row.phase))) {
    const queue = groups(rows.filter((row) => row.phase === phase));
    const work = async () => {
      for (let steps = queue.shift(); steps !== undefined; steps = queue.shift()) {
        for (const step of steps) {
          signal?.throwIfAborted();
          onStep(step.label, done, rows.length);
          await (phase === phases.vacuum ? runOutside(pool, step, state) : runInside(pool, step, state));
          done += 1;
        }
      }
    };
    const results = await Promise.allSettled(
      Array.from({ length: embeddedOf(pool) === undefined ? 2 : 1 }, work),
    );
    const failed = results.find((result) => result.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }
  onStep('indexes and search texts', rows.length, rows.length);
}

/** Groups of steps that may run in parallel. The keys of one table may not: each locks it, and may delete doubles. */
function groups(steps: readonly Step[]): Step[][] {
  if (steps[0]?.phase !== phases.keys) return steps.map((step) => [step]);
  const labels = new Set(steps.map(({ label }) => label));
  return [...labels].map((label) => steps.filter((step) => step.label === label));
}

async function runInside(pool: Pool, step: Step, state: LoadState): Promise<void> {
  await asOwner(pool, async (client) => {
    for (const setting of ["maintenance_work_mem = '512MB'", "work_mem = '256MB'"])
      await client.query(`SET LOCAL ${setting}`);
    await client.query('SAVEPOINT step');
    try {
      await client.query(step.statement);
    } catch (cause) {
      const doubles = deleteDoubles(step);
      if ((cause as { code?: unknown }).code !== '23505' || doubles === undefined) throw cause;
      await client.query('ROLLBACK TO SAVEPOINT step');
      await client.query(doubles);
      await client.query(step.statement);
    }
    await finishStep(client, step, state);
  });
}

/** Runs a statement that is not allowed in a transaction. */
async function runOutside(pool: Pool, step: Step, state: LoadState): Promise<void> {
  const client = await pool.connect().catch((cause: unknown) => {
    throw databaseError(cause, { isConnecting: true });
  });
  let failure: Error | undefined;
  try {
    if (embeddedOf(pool) === undefined) await client.query('SET ROLE movie_hub_owner');
    await client.query('SET statement_timeout = 0');
    await client.query(step.statement);
    await finishStep(client, step, state);
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

async function finishStep(client: PoolClient, { step }: Step, state: LoadState): Promise<void> {
  await lockLoad(client, state);
  await client.query('DELETE FROM movie_hub_load.steps WHERE step = $1', [step]);
}

/** Returns the statement that deletes all rows but the last of each key, if the step creates a key of a source table. */
function deleteDoubles({ statement }: Step): string | undefined {
  const name = /^ALTER TABLE movie_hub\.(\w+) ADD CONSTRAINT \w+ (?:PRIMARY KEY|UNIQUE)/.exec(statement)?.[1];
  if (name === undefined || !(name in loadTables)) return undefined;
  const key = loadTables[name as LoadTableName].key.join(', ');
  const doubles = `DELETE FROM movie_hub.${name} AS o
    USING (SELECT ctid, lead(ctid) OVER (PARTITION BY ${key} ORDER BY ctid) AS later FROM movie_hub.${name}) AS s
    WHERE o.ctid = s.ctid AND s.later IS NOT NULL`;
  return noteDeleted(name, doubles);
}
