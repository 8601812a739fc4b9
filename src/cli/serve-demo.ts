import { randomBytes } from 'node:crypto';
import Fastify from 'fastify';
import { hub } from 'movie-hub/ui';
import { chooseModel } from './choose-model';
import { openEmbedded, openServer } from './databases';
import { demoUsers, describeDemoUsers } from './demo-users';
import { type Environment, readEnvironment, servedDatabase, type TypedDatabase } from './environment';
import { CommandFailure } from './failure';
import { fillForHub } from './fill-embedded';
import { checkAddress, listenFailure } from './listen-failure';

/** Options of the command. */
export interface DemoOptions extends TypedDatabase {
  port: number;
  host: string;
}

/** Serves the hub until the process receives a signal. */
export async function serveDemo(options: DemoOptions): Promise<void> {
  const environment = readEnvironment();
  const logLevel = readLogLevel(environment);
  const sessionSecret = readSessionSecret(environment);
  const from = servedDatabase(options, environment);
  await checkAddress(options);
  const database =
    'dataDir' in from ? await openEmbedded(from.dataDir, fillForHub) : await openServer(from, environment);
  const { pools } = database;
  const app = Fastify({
    logger: { level: logLevel, stream: process.stderr },
    forceCloseConnections: true,
    // Time to receive a request with its body, in ms. Responses may take longer.
    requestTimeout: 30_000,
    // Node.js uses the longer of the two for the body.
    http: { headersTimeout: 30_000 },
    rewriteUrl: ({ url = '/' }) => (isDecodable(url) ? url : '/not-found'),
  });
  const close = async () => {
    await app.close();
    await database.close();
  };
  stopOnSignals(close);
  try {
    const { model, isStandIn, label } = await chooseModel(environment);
    await app.register(hub, { pools, model, isStandIn, sessionSecret, demoUsers });
    const users = await describeDemoUsers(pools.accounts);
    const url = await app.listen({ port: options.port, host: options.host }).catch((cause: unknown) => {
      throw listenFailure(cause, options);
    });
    process.stdout.write(banner(url, database.label, label, users));
    if (users.length > 0 && !/^(localhost|127\.|::1$)/.test(options.host)) {
      process.stderr.write('Warning: anyone who can reach this address can log in with these passwords.\n');
    }
  } catch (cause) {
    await close().catch(() => undefined);
    throw cause;
  }
}

/** Fastify rejects paths with invalid encoding before any plugin runs. They are rewritten to get the hub's 404 page. */
function isDecodable(url: string): boolean {
  try {
    decodeURI(url.split('?')[0] ?? '');
    return true;
  } catch {
    return false;
  }
}

function readLogLevel(environment: Environment): string {
  const level = environment.LOG_LEVEL || 'warn';
  const levels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'];
  if (levels.includes(level)) return level;
  throw new CommandFailure(`LOG_LEVEL must be one of ${levels.join(', ')}.`, 2);
}

function readSessionSecret(environment: Environment): string {
  const secret = environment.MOVIE_HUB_SESSION_SECRET || randomBytes(32).toString('base64url');
  if (secret.length >= 32) return secret;
  throw new CommandFailure(
    'MOVIE_HUB_SESSION_SECRET must have at least 32 characters. Create one with `openssl rand -hex 32`.',
    2,
  );
}

/** The first signal shuts down in order; a second one exits at once. */
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

function banner(url: string, databaseLabel: string, modelLabel: string, users: readonly string[]): string {
  const heading =
    users.length > 0
      ? 'name, password and visible titles'
      : 'from the database; add one with `movie-hub db add-user`';
  return [
    `Movie Hub is ready at ${url}`,
    '',
    `  Database  ${databaseLabel}`,
    `  Model     ${modelLabel}`,
    `  Users     ${heading}`,
    ...users.map((user) => `    ${user}`),
    '',
    '  Stop with Ctrl-C.',
    '',
  ].join('\n');
}
