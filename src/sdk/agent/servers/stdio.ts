import type { ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js';
import type spawn from 'cross-spawn';
import { repairMessage } from './lenient';
import type { StdioConnection } from './transports';

/** Characters of a server's error output that are kept. */
const maxErrorOutput = 4_096;

/** Characters of one message. Without a limit a server could take all memory. */
const maxMessage = 2 ** 26;

/** A server as a process of its own, in a process group of its own: a server behind `npx` or `sh -c` ends with them. */
export class StdioTransport implements Transport {
  onmessage?: (message: JSONRPCMessage) => void;
  onclose?: () => void;
  onerror?: (error: Error) => void;
  readonly #connection: StdioConnection;
  readonly #spawn: typeof spawn;
  #process: ChildProcess | undefined;
  #closing: Promise<void> | undefined;
  #rest = '';
  #errorOutput = '';
  #ending: string | undefined;

  /** @param start The function of `cross-spawn`, which is loaded with the first such server. */
  constructor(connection: StdioConnection, start: typeof spawn) {
    this.#connection = connection;
    this.#spawn = start;
  }

  /** The end of what the process wrote to its error output. */
  get errorOutput(): string {
    return this.#errorOutput;
  }

  /** How the process ended by itself. */
  get ending(): string | undefined {
    return this.#ending;
  }

  start(): Promise<void> {
    const { command, args = [], env, cwd, keepStderr = true } = this.#connection;
    const child = this.#spawn(command, [...args], {
      env: { ...env },
      ...(cwd !== undefined && { cwd }),
      stdio: ['pipe', 'pipe', keepStderr ? 'pipe' : 'ignore'],
      detached: process.platform !== 'win32',
      windowsHide: true,
    });
    this.#process = child;
    for (const pipe of [child.stdin, child.stdout, child.stderr])
      pipe?.on('error', (error) => this.onerror?.(error));
    child.stdout?.setEncoding('utf8').on('data', (text: string) => this.#read(text));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#errorOutput = (this.#errorOutput + text).slice(-maxErrorOutput);
    });
    child.once('close', (code, signal) => {
      // What is ended here has not failed.
      if (!this.#closing) this.#ending = `The process ended with ${signal ?? `code ${code}`}.`;
      // At once, for what it leaves in its group: later the system may have given its id to another process.
      void this.close();
      this.onclose?.();
    });
    return new Promise((resolve, reject) => {
      child.once('spawn', resolve);
      // Not once: a second one without a listener would end this process.
      child.on('error', reject);
    });
  }

  send(message: JSONRPCMessage): Promise<void> {
    return new Promise((resolve, reject) => {
      const child = this.#process;
      // A process that has just ended says why once its output was read.
      const fail = (error: Error) => {
        if (this.#ending || child === undefined) return reject(error);
        const timer = setTimeout(() => reject(error), removalMs);
        child.once('close', () => {
          clearTimeout(timer);
          reject(error);
        });
      };
      if (!child?.stdin?.writable) return fail(new Error('The server has ended.'));
      child.stdin.write(`${JSON.stringify(message)}\n`, (error) => (error ? fail(error) : resolve()));
    });
  }

  /** Ends the process and those that it started. Takes about 1.5 s at most, and never rejects. */
  close(): Promise<void> {
    // The SDK closes a client that could not connect without waiting: a second close waits for the same end.
    this.#closing ??= this.#end();
    return this.#closing;
  }

  async #end(): Promise<void> {
    const child = this.#process;
    if (child?.pid === undefined) return;
    await endProcess(child.pid, () => child.stdin?.end());
    // A process that left the group may hold the pipes open.
    for (const stream of [child.stdout, child.stderr]) stream?.destroy();
  }

  #read(text: string): void {
    this.#rest += text;
    if (this.#rest.length > maxMessage) {
      this.#rest = '';
      // What is still on its way would take memory until the process has ended.
      this.#process?.stdout?.destroy();
      this.onerror?.(new Error('The server sent a message that is too long.'));
      void this.close();
      return;
    }
    // Not searched again with each piece: a message may be megabytes.
    if (!text.includes('\n')) return;
    const lines = this.#rest.split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) {
      if (line.trim() === '') continue;
      let message: unknown;
      try {
        message = repairMessage(JSON.parse(line));
      } catch (error) {
        // Servers that log to their output: the line is lost, and nothing else.
        this.onerror?.(error as Error);
        continue;
      }
      for (const one of [message].flat()) this.onmessage?.(one as JSONRPCMessage);
    }
  }
}

/** Time for a process to exit once its input has ended, in ms. */
const exitMs = 1_000;
/** Time for it to clean up after SIGTERM, in ms; then it is killed. */
const cleanUpMs = 500;
/** Time for the system to remove a killed process, in ms: it does so at once, unless the process waits for a disk. */
const removalMs = 500;
const pollMs = 10;

/**
 * Ends a process and those of its group: `endInput` first, SIGTERM after a second, SIGKILL half a second later. Never rejects.
 *
 * Settles as soon as all of them are gone, after about 2 s at most.
 */
export async function endProcess(pid: number, endInput: () => void): Promise<void> {
  endInput();
  if (await isGoneWithin(pid, exitMs)) return;
  send(pid, 'SIGTERM');
  if (await isGoneWithin(pid, cleanUpMs)) return;
  send(pid, 'SIGKILL');
  await isGoneWithin(pid, removalMs);
}

/** Polls often: the system reuses the id of a process that is gone, and no signal may reach another process. */
async function isGoneWithin(pid: number, milliseconds: number): Promise<boolean> {
  const end = performance.now() + milliseconds;
  while (isRunning(pid)) {
    if (performance.now() >= end) return false;
    await sleep(pollMs);
  }
  return true;
}

/** A process leads the group of that id; Windows has none. */
const target = (pid: number) => (process.platform === 'win32' ? pid : -pid);

function isRunning(pid: number): boolean {
  try {
    return process.kill(target(pid), 0);
  } catch (error) {
    // Running, but we may not signal it.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(target(pid), signal);
  } catch {
    // It has just gone, or may not be signalled.
  }
}
