import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import type { StdioConnection } from '../../../src/sdk/agent/servers/transports';

const script = fileURLToPath(new URL('./stdio-server.mjs', import.meta.url));

export type Behaviour = 'exits' | 'hangs' | 'stays' | 'cleans-up' | 'terminates' | 'stubborn';

/** How to start the test's server, how to see whether its process is there, and what it did at its end. */
export function stdioChild(behaviour?: Behaviour, more: Partial<StdioConnection> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'movie-hub-stdio-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const pidFile = join(folder, 'pid');
  const args = [script, pidFile, ...(behaviour ? [behaviour] : [])];
  const connection: StdioConnection = { command: process.execPath, args, ...more };
  const isRunning = () => isThere(Number(readFileSync(pidFile, 'utf8')));
  const log = `${pidFile}.log`;
  const notes = () => (existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : []);
  return { connection, folder, isRunning, notes };
}

/** Returns whether a process of this id runs. One that has ended stays listed until its parent asks for its exit code. */
export function isThere(pid: number): boolean {
  try {
    const stat = `/proc/${pid}/stat`;
    if (existsSync(stat) && /\) Z /.test(readFileSync(stat, 'utf8'))) return false;
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
