import { mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { lockFolder, lockName } from '../../src/cli/lock-folder';
import { cleanUp, newFolder, startNode } from './support/run-cli';

afterAll(cleanUp);

/** Leaves what a killed process leaves: a socket's file that nobody listens on. */
async function leaveLockBehind(folder: string): Promise<void> {
  const script = `require('node:net').createServer().listen(${JSON.stringify(join(folder, `${lockName}.0`))}, () => console.log('listening'))`;
  const holder = startNode(['-e', script]);
  while (holder.output.stdout === '') await new Promise((resolve) => setTimeout(resolve, 20));
  expect(await lockFolder(folder)).toBeUndefined();
  await holder.stop('SIGKILL');
  expect(readdirSync(folder)).toEqual([`${lockName}.0`]);
}

describe('lockFolder', () => {
  it('gives a folder to one at a time, whatever path leads to it', async () => {
    const folder = newFolder();
    const other = join(newFolder(), 'link');
    symlinkSync(folder, other);
    const unlock = await lockFolder(folder);
    expect(unlock).toBeTypeOf('function');
    expect(await lockFolder(other)).toBeUndefined();
    unlock?.();
    const again = await lockFolder(other);
    expect(again).toBeTypeOf('function');
    again?.();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('takes over from a killed process, and of several one only', async () => {
    const folder = newFolder();
    for (let round = 0; round < 4; round += 1) {
      await leaveLockBehind(folder);
      const taken = await Promise.all(Array.from({ length: 8 }, () => lockFolder(folder)));
      const unlocks = taken.filter((unlock) => unlock !== undefined);
      expect(unlocks).toHaveLength(1);
      expect(await lockFolder(folder)).toBeUndefined();
      for (const unlock of unlocks) unlock();
      expect(readdirSync(folder)).toEqual([]);
    }
  });

  it('locks a folder whose path is too long for a socket', async () => {
    const folder = join(newFolder(), 'a'.repeat(80), 'b'.repeat(80));
    mkdirSync(folder, { recursive: true });
    const unlock = await lockFolder(folder);
    expect(unlock).toBeTypeOf('function');
    expect(await lockFolder(folder)).toBeUndefined();
    unlock?.();
    expect(readdirSync(folder)).toEqual([]);
  });
});
