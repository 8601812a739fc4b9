import { mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { lockFolder, lockName } from '../../src/cli/lock-folder';
import { cleanUp, newFolder, startNode } from './support/run-cli';

afterAll(cleanUp);

/** Takes a folder that is free. */
async function take(folder: string): Promise<() => void> {
  const lock = await lockFolder(folder);
  if (!lock.isMine) throw new Error(`Process ${lock.pid} has it.`);
  return lock.unlock;
}

/** Leaves what a killed process leaves: a socket's file that nobody listens on. */
async function leaveLockBehind(folder: string): Promise<void> {
  const path = JSON.stringify(join(folder, `${lockName}.0`));
  const holder = startNode([
    '-e',
    `require('net').createServer().listen(${path}, () => console.log('listening'))`,
  ]);
  while (holder.output.stdout === '') await sleep(20);
  // It never answers, as one that is busy with its database.
  expect(await lockFolder(folder)).toEqual({ isMine: false, pid: undefined });
  await holder.stop('SIGKILL');
  expect(readdirSync(folder)).toEqual([`${lockName}.0`]);
}

describe('lockFolder', () => {
  it('gives a folder to one at a time, whatever path leads to it, and says who has it', async () => {
    const folder = newFolder();
    const other = join(newFolder(), 'link');
    symlinkSync(folder, other);
    const unlock = await take(folder);
    expect(await lockFolder(other)).toEqual({ isMine: false, pid: process.pid });
    unlock();
    (await take(other))();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('takes over from a killed process, and of several one only', async () => {
    const folder = newFolder();
    for (let round = 0; round < 4; round += 1) {
      await leaveLockBehind(folder);
      const locks = await Promise.all(Array.from({ length: 8 }, () => lockFolder(folder)));
      const mine = locks.filter((lock) => lock.isMine);
      expect(mine).toHaveLength(1);
      expect(await lockFolder(folder)).toMatchObject({ isMine: false });
      mine[0]?.unlock();
      expect(readdirSync(folder)).toEqual([]);
    }
  });

  it('locks a folder whose path is too long for a socket', async () => {
    const folder = join(newFolder(), 'a'.repeat(80), 'b'.repeat(80));
    mkdirSync(folder, { recursive: true });
    const unlock = await take(folder);
    expect(await lockFolder(folder)).toMatchObject({ isMine: false });
    unlock();
    expect(readdirSync(folder)).toEqual([]);
  });
});
