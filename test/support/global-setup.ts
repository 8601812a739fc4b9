import type { TestProject } from 'vitest/node';
import type { DatabaseKind } from './databases';
import { findChromium } from './find-chromium';
import { findPostgres, installPostgres, type PostgresServer } from './postgres-server';
import { cacheFolder, embeddedSnapshots, type Passwords, startWithTemplates, templates } from './templates';

declare module 'vitest' {
  interface ProvidedContext {
    /** `fast` is what `npm test` runs; `all` is everything. */
    lane: 'fast' | 'all';
    /** The version of PostgreSQL, of npm, that a project tests on; undefined for the machine's own. */
    postgresVersion: string | undefined;
    /** The server to test on, or undefined where the machine has no PostgreSQL. */
    server: ServerContext | undefined;
    /** The kinds of database that tests run on. */
    databaseKinds: readonly DatabaseKind[];
    /** Folder with the files `empty` and `demo`: what embedded databases of the tests begin with. */
    snapshots: string;
    /** The browser to test with, or undefined where the machine has none. */
    chromium: string | undefined;
  }
}

interface ServerContext {
  /** URL of its superuser. */
  readonly url: string;
  readonly passwords: Passwords;
  /** Folder of PostgreSQL's programs. */
  readonly programs: string;
  /** Names of the databases that those of the tests are copies of. */
  readonly templates: typeof templates;
}

/** Servers of this run by their version. Projects share them, but each loads this module for itself. */
const shared = globalThis as {
  movieHubTestServers?: Map<string, Promise<Started>>;
};

interface Started {
  readonly context: ServerContext;
  readonly server: PostgresServer;
  readonly remove: () => void;
  users: number;
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { lane, postgresVersion } = project.config.provide;
  const chromium = findChromium();
  const onMachine = findPostgres();
  const leftOut = [
    ...(chromium ? [] : ['the browser tests: install Chromium (Debian: apt-get install chromium)']),
    ...(onMachine ? [] : ['the tests on a server: install PostgreSQL (Debian: apt-get install postgresql)']),
  ].map((what) => `LEFT OUT: ${what}\n`);
  if (leftOut.length > 0) {
    if (process.env.CI) throw new Error(`In CI nothing may be left out.\n${leftOut.join('')}`);
    process.stderr.write(leftOut.join(''));
  }
  const started = onMachine || postgresVersion ? await share(postgresVersion, onMachine) : undefined;
  project.provide('chromium', chromium);
  project.provide('snapshots', await embeddedSnapshots());
  project.provide('server', started?.context);
  project.provide('databaseKinds', kindsOf(lane, started !== undefined, postgresVersion !== undefined));
  return async () => {
    if (started === undefined) return;
    started.users -= 1;
    if (started.users > 0) return;
    await started.server.stop();
    started.remove();
  };
}

function kindsOf(lane: 'fast' | 'all' | undefined, hasServer: boolean, isOfNpm: boolean): DatabaseKind[] {
  if (!hasServer) return ['embedded'];
  return lane === 'fast' || isOfNpm ? ['server'] : ['embedded', 'server'];
}

async function share(version: string | undefined, onMachine = ''): Promise<Started> {
  shared.movieHubTestServers ??= new Map();
  const servers = shared.movieHubTestServers;
  const key = version ?? 'of the machine';
  const starting = servers.get(key) ?? start(version, onMachine);
  servers.set(key, starting);
  const started = await starting;
  started.users += 1;
  return started;
}

async function start(version: string | undefined, onMachine: string): Promise<Started> {
  const own = version
    ? installPostgres(version, cacheFolder)
    : { folder: onMachine, remove: () => undefined };
  const { server, passwords } = await startWithTemplates(own.folder);
  process.stderr.write(`Tests on a server run on PostgreSQL ${server.version}.\n`);
  const context = { url: server.url, passwords, programs: own.folder, templates };
  return { context, server, remove: own.remove, users: 0 };
}
