import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** The package's commands. */
export type Bin = 'movie-hub' | 'movie-hub-demo' | 'movie-hub-mcp';

/** What a process was started with. */
export interface RunOptions {
  /** Working folder; a new and empty one unless given, so that no `.env` is near. */
  cwd?: string;
  env?: Readonly<Record<string, string>>;
  /** What it reads from standard input, which then ends. */
  input?: string;
}

/** How a process ended. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A process that runs. */
export interface Running {
  readonly process: ChildProcess;
  readonly output: { stdout: string; stderr: string };
  readonly ended: Promise<Ended>;
  /** Resolves with the address once the command says that it is ready; fails when it ends before. */
  readonly ready: Promise<string>;
  stop(signal: NodeJS.Signals): Promise<Ended>;
}

const folders: string[] = [];
const processes = new Set<ChildProcess>();

/** Returns the path of a built command. */
export function binPath(bin: Bin): string {
  const path = resolve('dist', 'cli', `${bin}.js`);
  if (!existsSync(path)) throw new Error('These tests run the built commands: npm run build');
  return path;
}

/** Makes an empty folder, gone after `cleanUp`. */
export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'movie-hub-cli-'));
  folders.push(folder);
  return folder;
}

/** Starts a built command with nothing of this process's environment but what it needs to run at all. */
export function startCli(bin: Bin, args: readonly string[], options: RunOptions = {}): Running {
  return startNode([binPath(bin), ...args], options);
}

/** Runs a built command to its end. */
export function runCli(bin: Bin, args: readonly string[], options: RunOptions = {}): Promise<Ended> {
  const { process, ended } = startCli(bin, args, options);
  process.stdin?.end(options.input ?? '');
  return ended;
}

/** Starts Node. Its standard input stays open. */
export function startNode(args: readonly string[], options: RunOptions = {}): Running {
  const child = spawn(process.execPath, args, {
    cwd: options.cwd ?? newFolder(),
    // A home without AWS settings; no metadata service is asked for credentials.
    env: { PATH: process.env.PATH, HOME: '/nonexistent', AWS_EC2_METADATA_DISABLED: 'true', ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  processes.add(child);
  const output = { stdout: '', stderr: '' };
  child.stdin.on('error', () => undefined);
  const ended = new Promise<Ended>((resolve) => {
    child.once('close', (code, signal) => {
      processes.delete(child);
      resolve({ code, signal, ...output });
    });
  });
  const ready = new Promise<string>((resolve, reject) => {
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output.stdout += text;
      const address = /^Movie Hub is ready at (\S+)\n/.exec(output.stdout)?.[1];
      if (address !== undefined) resolve(address);
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      output.stderr += text;
    });
    ended.then(({ code, stderr }) => reject(new Error(`It ended with code ${code}: ${stderr}`)));
  });
  ready.catch(() => undefined);
  const stop = (signal: NodeJS.Signals) => {
    child.kill(signal);
    return ended;
  };
  return { process: child, output, ended, ready, stop };
}

/** Ends whatever a test has left running, and removes its folders. */
export async function cleanUp(): Promise<void> {
  const ends = [...processes].map((child) => new Promise((resolve) => child.once('close', resolve)));
  for (const child of processes) child.kill('SIGKILL');
  await Promise.all(ends);
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
}
