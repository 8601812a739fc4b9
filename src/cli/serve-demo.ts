import { randomBytes } from 'node:crypto';
import { createServer } from 'node:net';
import Fastify from 'fastify';
import { demoDataFolder, installSchema, loadImdb } from 'movie-hub';
import { addUser, hub } from 'movie-hub/ui';
import { chooseModel } from './choose-model';
import { type OpenDatabase, openEmbedded, openServer } from './databases';
import { demoUsers } from './demo-users';
import { databaseUrl, readEnvironment } from './environment';
import { CommandFailure } from './failure';

/** What the command takes. */
export interface DemoOptions {
  port: number;
  host: string;
  dataDir: string;
  databaseUrl?: string;
}

/** Serves the hub until the process is told to stop. */
export async function serveDemo(options: DemoOptions): Promise<void> {
  const environment = readEnvironment();
  await checkPort(options);
  const url = databaseUrl(options.databaseUrl, environment);
  const database =
    url === undefined ? await openEmbedded(options.dataDir) : await openServer(url, environment);
  const app = Fastify({
    logger: { level: environment.LOG_LEVEL ?? 'warn', stream: process.stderr },
    forceCloseConnections: true,
  });
  const close = async () => {
    await app.close();
    await database.close();
  };
  stopOnSignals(close);
  try {
    if (database.isEmbedded) await fillWhenEmpty(database);
    const { model, isStandIn, label } = await chooseModel(environment);
    await app.register(hub, {
      pools: database.pools,
      model,
      isStandIn,
      sessionSecret: environment.MOVIE_HUB_SESSION_SECRET ?? randomBytes(32).toString('base64url'),
      demoUsers,
    });
    const address = await app.listen({ port: options.port, host: options.host });
    process.stdout.write(banner(address, database.label, label));
  } catch (cause) {
    await close().catch(() => undefined);
    throw cause;
  }
}

/** The first start on a folder installs the schema, the demo data and the demo users. */
async function fillWhenEmpty(database: OpenDatabase): Promise<void> {
  const { pools } = database;
  await installSchema(pools.reader, { hub: true });
  const { rows } = await pools.reader.query<{ empty: boolean }>(
    'SELECT NOT EXISTS (SELECT FROM movie_hub_app.users) AS empty',
  );
  if (!rows[0]?.empty) return;
  await loadImdb(pools.reader, demoDataFolder());
  for (const { sees: _, ...user } of demoUsers) await addUser(pools.accounts, { ...user, isDemo: true });
}

/** Finds out that a port is taken before a database is made for nothing. */
async function checkPort({ port, host }: DemoOptions): Promise<void> {
  const probe = createServer();
  await new Promise<void>((resolve, reject) => {
    probe.once('error', reject);
    probe.listen(port, host, resolve);
  }).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'EADDRINUSE') {
      throw new CommandFailure(
        `Port ${port} is in use. Choose another with --port, or any free one with --port 0.`,
        1,
        { cause },
      );
    }
    if (cause.code === 'EACCES') {
      throw new CommandFailure(
        `Port ${port} may not be opened by this user. Choose one from 1024 on with --port.`,
        1,
        { cause },
      );
    }
    throw new CommandFailure(`The address ${host} is not one of this machine. Give another with --host.`, 1, {
      cause,
    });
  });
  await new Promise((resolve) => probe.close(resolve));
}

/** The first signal ends things in order; a second one ends them at once. */
function stopOnSignals(close: () => Promise<void>): void {
  let isStopping = false;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (isStopping) process.exit(1);
      isStopping = true;
      process.stderr.write('Stopping.\n');
      close().then(
        () => process.exit(0),
        () => process.exit(1),
      );
    });
  }
}

function banner(address: string, databaseLabel: string, modelLabel: string): string {
  const users = demoUsers.map(
    ({ username, password, sees }) => `    ${username.padEnd(6)} ${password.padEnd(11)} ${sees}`,
  );
  return [
    `Movie Hub is ready at ${address}`,
    '',
    `  Database  ${databaseLabel}`,
    `  Model     ${modelLabel}`,
    '  Users     name and password, and what each may see',
    ...users,
    '',
    '  Stop with Ctrl-C.',
    '',
  ].join('\n');
}
