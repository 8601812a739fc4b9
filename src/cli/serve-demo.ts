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

/** What the command takes. */
export interface DemoOptions extends TypedDatabase {
  port: number;
  host: string;
}

/** Serves the hub until the process is told to stop. */
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
    // For a request with its body to arrive, in ms: streams of answers go on.
    requestTimeout: 30_000,
    // Node takes the longer of the two for the body.
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
      process.stderr.write('Beware: whoever reaches this address can sign in with these passwords.\n');
    }
  } catch (cause) {
    await close().catch(() => undefined);
    throw cause;
  }
}

/** Fastify answers paths that are no UTF-8 once decoded before any plugin has a say: so they lead to the hub's page. */
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
    'MOVIE_HUB_SESSION_SECRET must have 32 characters or more, such as those that `openssl rand -hex 32` prints.',
    2,
  );
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

function banner(url: string, databaseLabel: string, modelLabel: string, users: readonly string[]): string {
  const heading =
    users.length > 0
      ? 'name and password, and what each may see'
      : 'those of the database; `movie-hub db add-user` adds one';
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
