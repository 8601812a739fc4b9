import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openVisits, type Visits } from './browser';

/** The demo as its command starts it, and a browser to look at it with. */
export interface Demo extends Visits {
  /** Restarts the server on the same data and the same port. */
  restart(): Promise<void>;
}

/** Starts the demo on data of its own. */
export async function openDemo(executablePath: string): Promise<Demo> {
  const dataDir = mkdtempSync(join(tmpdir(), 'movie-hub-browser-'));
  let server = start(dataDir, '0');
  const base = await readyAddress(server);
  const visits = await openVisits(executablePath, base);
  return {
    ...visits,
    async restart() {
      await stop(server);
      server = start(dataDir, new URL(base).port);
      await readyAddress(server);
    },
    async close() {
      await visits.close();
      await stop(server);
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

function start(dataDir: string, port: string): ChildProcess {
  const args = ['dist/cli/movie-hub-demo.js', '--port', port, '--data-dir', dataDir];
  return spawn(process.execPath, args, {
    env: { ...process.env, MOVIE_HUB_SESSION_SECRET: 'the same after a restart: secret' },
  });
}

async function stop(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null) return;
  const ended = once(server, 'exit');
  server.kill();
  await ended;
}

function readyAddress(server: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = '';
    const read = (chunk: Buffer) => {
      output += chunk;
      const address = /ready at (http:\S+)/.exec(output)?.[1];
      if (address !== undefined) resolve(address);
    };
    server.stdout?.on('data', read);
    server.stderr?.on('data', read);
    server.once('exit', () => reject(new Error(`the demo ended: ${output}`)));
  });
}
