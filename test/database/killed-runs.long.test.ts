import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { databaseKinds, openDatabase, type TestDatabase } from '../support/databases';

const source = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const runs = 500;
const atOnce = 25;

describe.runIf(databaseKinds.includes('server'))('runs whose process is killed', () => {
  let db: TestDatabase;
  let folder: string;
  let program: string;
  beforeAll(async () => {
    db = await openDatabase('server');
    folder = mkdtempSync(join(tmpdir(), 'killed-runs-'));
    // Beside the packages that it needs.
    program = source('../../node_modules/.cache/killed-runs.mjs');
    await build({
      entryPoints: [source('./killed-runs-child.ts')],
      outfile: program,
      bundle: true,
      platform: 'node',
      format: 'esm',
      packages: 'external',
      alias: {
        'movie-hub': source('../../src/sdk/index.ts'),
        'movie-hub/testing': source('../../src/testing/index.ts'),
      },
      loader: { '.sql': 'text' },
      logLevel: 'silent',
    });
  });
  afterAll(async () => {
    await db?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test(`of ${runs}, each killed at a random point, all settle, and nothing is done twice or lost`, async () => {
    const ledger = join(folder, 'ledger');
    writeFileSync(ledger, '');
    const lines = () => readFileSync(ledger, 'utf8').split('\n').filter(Boolean);
    const noted = (word: string) =>
      new Set(lines().flatMap((line) => (line.startsWith(`${word} `) ? [line.split(' ')[1] ?? ''] : [])));
    const start = (ids: Iterable<string>): ChildProcess =>
      spawn(process.execPath, [program, db.urls.accounts, ledger, ...ids], {
        stdio: ['ignore', 'inherit', 'inherit'],
      });
    /** Kills a process once it has begun, after a random time, and returns the runs that it had begun and not settled. */
    const killed = async (ids: readonly string[]): Promise<string[]> => {
      const before = lines().length;
      const child = start(ids);
      const exited = once(child, 'exit');
      await expect.poll(() => lines().length > before || child.exitCode !== null).toBe(true);
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 400));
      child.kill('SIGKILL');
      await exited;
      const begun = noted('begun');
      const settled = noted('settled');
      return ids.filter((id) => begun.has(id) && !settled.has(id));
    };

    // Each of these is killed at least once: runs that had settled before are replaced by others.
    const hit = new Set<string>();
    for (let next = 1; hit.size < runs; next += atOnce) {
      const ids = Array.from({ length: Math.min(atOnce, runs - hit.size) }, (_, index) =>
        String(next + index),
      );
      for (const id of await killed(ids)) hit.add(id);
    }
    const unsettled = () => [...hit].filter((id) => !noted('settled').has(id));
    for (let kill = 0; kill < 15; kill += 1) await killed(unsettled().sort(() => Math.random() - 0.5));
    const [code] = (await once(start(unsettled()), 'exit')) as [number];
    expect(code).toBe(0);

    const settled = lines().filter((line) => line.startsWith('settled '));
    const ends = new Map(settled.map((line) => [line.split(' ')[1] ?? '', line.split(' ').slice(2)]));
    const count = (name: string, id: string) => times.get(`${name} ${id}`) ?? 0;
    const times = new Map<string, number>();
    for (const line of lines()) times.set(line, (times.get(line) ?? 0) + 1);
    let unknown = 0;
    for (const id of hit) {
      const [stopReason, unknownCalls] = ends.get(id) ?? [];
      expect([id, stopReason]).toEqual([id, 'end_turn']);
      const [pay, post] = [count('pay', id), count('post', id)];
      unknown += Number(unknownCalls);
      expect(pay, `pay of ${id}`).toBeLessThanOrEqual(1);
      expect(post, `post of ${id}`).toBeLessThanOrEqual(Number(id) % 3 === 0 ? 0 : 1);
      // What did not take place is a call of unknown end, which was reported as one.
      const due = Number(id) % 3 === 0 ? 1 : 2;
      expect(pay + post + Number(unknownCalls), `calls of ${id}`).toBeGreaterThanOrEqual(due);
      for (const name of ['read', 'put'])
        expect(count(name, id), `${name} of ${id}`).toBeGreaterThanOrEqual(1);
    }
    process.stdout.write(`Killed ${hit.size} runs; ${unknown} calls of unknown end were reported.\n`);
    expect(unknown).toBeGreaterThan(0);
  });
});
