import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { MovieHubError } from '../../errors';
import { repairingFetch } from './lenient';
import type { ServerProcess } from './reason';
import { StdioTransport } from './stdio';

/**
 * A server to start as a process of its own, reached over its standard input and output.
 *
 * At the end of the run its input ends. It has a second to exit, then half a second after SIGTERM; then it is killed, with all
 * processes that it started, as behind `npx` or `sh -c`.
 */
export interface StdioConnection {
  readonly command: string;
  readonly args?: readonly string[];
  /** Environment variables beside the few that every process needs; it gets no others of this process. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Whether the end of its error output is kept, for `failedServers` and the event of a failure; true unless given. */
  readonly keepStderr?: boolean;
}

/** A server to reach over HTTP (streamable HTTP). */
export interface HttpConnection {
  readonly url: string | URL;
  /** Sent with every request, as for `authorization`. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** A description of a server: the run connects to it, and disconnects at the end. */
export type ServerConnection = StdioConnection | HttpConnection;

/** Whether `server` is a description rather than a client or a server. */
export function isConnection(server: object): server is ServerConnection {
  return !('connect' in server) && ('command' in server || 'url' in server);
}

/**
 * Checks a description before anything is started.
 *
 * @throws MovieHubError `invalid_argument` for a wrong or missing member.
 */
export function checkConnection(connection: ServerConnection): void {
  const problem = 'command' in connection ? problemOfCommand(connection) : problemOfUrl(connection);
  if (problem !== undefined) throw new MovieHubError('invalid_argument', problem);
}

function problemOfCommand(connection: StdioConnection): string | undefined {
  const { command, args, env, cwd } = connection;
  if ('url' in connection) return 'A server has a command or a url, not both.';
  if (!isText(command)) return 'The command of a server must be text.';
  if (args !== undefined && !(Array.isArray(args) && args.every((arg) => typeof arg === 'string')))
    return 'The args of a server must be a list of texts.';
  if (env !== undefined && !isTextRecord(env)) return 'The env of a server must be an object of texts.';
  return cwd === undefined || isText(cwd) ? undefined : 'The cwd of a server must be text.';
}

function problemOfUrl({ url, headers }: HttpConnection): string | undefined {
  const address = URL.canParse(String(url)) ? new URL(String(url)) : undefined;
  if (address?.protocol !== 'http:' && address?.protocol !== 'https:')
    return 'The url of a server must begin with http:// or https://.';
  if (address.username !== '' || address.password !== '')
    return 'The url of a server must hold no credentials: send them in a header.';
  return headers === undefined || areHeaders(headers)
    ? undefined
    : 'The headers of a server must be an object of names and texts that HTTP takes.';
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value.trim() !== '';
}

function isTextRecord(value: unknown): value is Record<string, string> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return Object.values(value).every((text) => typeof text === 'string');
}

function areHeaders(value: unknown): boolean {
  try {
    return isTextRecord(value) && Boolean(new Headers(value));
  } catch {
    return false;
  }
}

/**
 * Connects a client as described. Closing the client waits until the process has ended, which takes about 1.5 s at most, or
 * until the session has.
 */
export async function connectAsDescribed(
  connection: ServerConnection,
  client: Client,
  options: { readonly signal: AbortSignal; readonly timeout: number },
): Promise<void> {
  const transport = await transportOf(connection);
  // The run may have ended while the SDK's module was loaded: nothing may be started then.
  options.signal.throwIfAborted();
  if ('errorOutput' in transport) processes.set(client, transport as StdioTransport);
  await client.connect(transport, options);
}

/** The processes behind clients: a client that could not connect has no transport any more. */
const processes = new WeakMap<Client, StdioTransport>();

/** Returns what is known of the process behind a client. */
export function processOf(client: Client): ServerProcess | undefined {
  return processes.get(client);
}

async function transportOf(connection: ServerConnection): Promise<Transport> {
  if ('command' in connection) {
    const [{ getDefaultEnvironment }, { default: spawn }] = await Promise.all([
      import('@modelcontextprotocol/sdk/client/stdio.js'),
      import('cross-spawn'),
    ]);
    return new StdioTransport(
      { ...connection, env: { ...getDefaultEnvironment(), ...connection.env } },
      spawn,
    );
  }
  const { StreamableHTTPClientTransport } = await import(
    '@modelcontextprotocol/sdk/client/streamableHttp.js'
  );
  const { url, headers } = connection;
  const transport = new StreamableHTTPClientTransport(new URL(url), {
    fetch: repairingFetch,
    ...(headers && { requestInit: { headers: { ...headers } } }),
  });
  // Typed without exactOptionalPropertyTypes.
  return closedOnce(transport as Transport, async (close) => {
    await endSession(transport);
    await close();
  });
}

/** The SDK closes a client that could not connect without waiting: a second close waits for the same end. */
function closedOnce(transport: Transport, end: (close: () => Promise<void>) => Promise<void>): Transport {
  const close = transport.close.bind(transport);
  let closing: Promise<void> | undefined;
  transport.close = () => {
    closing ??= end(close);
    return closing;
  };
  return transport;
}

/** Time for the server to end its session, in ms; it would drop the session some day. */
const sessionEndMs = 1_000;

async function endSession(transport: {
  readonly sessionId?: string | undefined;
  terminateSession(): Promise<void>;
}): Promise<void> {
  if (transport.sessionId === undefined) return;
  const timeout = new Promise<void>((resolve) => setTimeout(resolve, sessionEndMs).unref());
  await Promise.race([transport.terminateSession().catch(() => undefined), timeout]);
}
