import type { FastifyBaseLogger } from 'fastify';
import { MovieHubError } from 'movie-hub';
import type { Pool } from 'pg';
import { describe, expect, test } from 'vitest';
import { RunningTurns } from '../../src/ui/chat/running-turns';

describe('turns that could not be kept', () => {
  const open = () => {
    const errors: string[] = [];
    const log = { error: (...given: unknown[]) => errors.push(String(given.at(-1))) };
    return { errors, turns: new RunningTurns({} as Pool, log as unknown as FastifyBaseLogger) };
  };

  test.each([
    ['query_failed', 2],
    ['database_unavailable', 0],
  ] as const)('one that fails with %s lets %i others be tried', async (code, others) => {
    const { turns } = open();
    let saved = 0;
    turns.saveLater(() => Promise.reject(new MovieHubError(code, 'No.')));
    for (let i = 0; i < 2; i += 1)
      turns.saveLater(async () => {
        saved += 1;
      });
    await Promise.all([turns.retrySaves(), turns.retrySaves()]);
    expect(saved).toBe(others);
    await turns.stop();
  });

  test('are at most a thousand: the oldest is given up, and the log says so', async () => {
    const { turns, errors } = open();
    const saved: number[] = [];
    for (let i = 0; i < 1001; i += 1)
      turns.saveLater(async () => {
        saved.push(i);
      });
    expect(errors).toEqual(['A turn was dropped: too many are waiting to be saved.']);
    await turns.retrySaves();
    expect([saved[0], saved.length]).toEqual([1, 1000]);
    await turns.stop();
  });
});
