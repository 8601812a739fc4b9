import { setTimeout as sleep } from 'node:timers/promises';

/** Time for a process to end by itself once its input has, in ms. */
const patienceMs = 1_000;
/** Time, in ms, for it to clean up after SIGTERM; then it is killed. */
const lastPatienceMs = 500;
/** Time for the system to remove a process that was killed, in ms: it does so at once, unless the process waits for a disk. */
const removalMs = 500;
const lookEveryMs = 10;

/**
 * Ends a process: `endInput` first, SIGTERM after a second, SIGKILL half a second later. Never rejects.
 *
 * Settles as soon as the process is gone, and so after about 1.5 s at most, whatever the process does. What it started
 * itself may still be there: it is not waited for.
 *
 * @param endInput Ends the process's input at once; what it waits for afterwards is not waited for here.
 */
export async function endProcess(pid: number, endInput: () => Promise<void>): Promise<void> {
  endInput().catch(() => undefined);
  if (await isGoneWithin(pid, patienceMs)) return;
  send(pid, 'SIGTERM');
  if (await isGoneWithin(pid, lastPatienceMs)) return;
  send(pid, 'SIGKILL');
  await isGoneWithin(pid, removalMs);
}

/** Looks often: an id is given away again when its process is gone, and no signal may reach another one. */
async function isGoneWithin(pid: number, milliseconds: number): Promise<boolean> {
  const end = performance.now() + milliseconds;
  while (isThere(pid)) {
    if (performance.now() >= end) return false;
    await sleep(lookEveryMs);
  }
  return true;
}

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // There, but not ours to signal.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has just gone, or may not be signalled.
  }
}
