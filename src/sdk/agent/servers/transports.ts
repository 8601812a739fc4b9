import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { MovieHubError } from '../../errors';

/**
 * A server to start as a process of its own, reached over its standard input and output.
 *
 * At the end of the run its input ends. It has a second to exit, then half a second after SIGTERM; then it is killed.
 */
export interface StdioConnection {
  readonly command: string;
  readonly args?: readonly string[];
  /** Environment variables beside the few that every process needs; it gets no others of this process. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
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
  await client.connect(transport, options);
}

async function transportOf(connection: ServerConnection): Promise<Transport> {
  if ('command' in connection) {
    const { StdioClientTransport } = await import('@modelcontextprotocol/sdk/client/stdio.js');
    const { command, args = [], env, cwd } = connection;
    const transport = new StdioClientTransport({
      command,
      args: [...args],
      // It may hold data that must not reach this process's log.
      stderr: 'ignore',
      ...(env && { env: { ...env } }),
      ...(cwd !== undefined && { cwd }),
    });
    // The SDK would give a process that ignores signals 4 s: too long to wait for a result.
    return closedOnce(transport, (close) =>
      transport.pid === null ? close() : endProcess(transport.pid, close),
    );
  }
  const { StreamableHTTPClientTransport } = await import(
    '@modelcontextprotocol/sdk/client/streamableHttp.js'
  );
  const { url, headers } = connection;
  const transport = new StreamableHTTPClientTransport(new URL(url), {
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

/** Time for a process to exit once its input has ended, in ms. */
const exitMs = 1_000;
/** Time for it to clean up after SIGTERM, in ms; then it is killed. */
const cleanUpMs = 500;
/** Time for the system to remove a killed process, in ms: it does so at once, unless the process waits for a disk. */
const removalMs = 500;
const pollMs = 10;

/**
 * Ends a process: `endInput` first, SIGTERM after a second, SIGKILL half a second later. Never rejects.
 *
 * Settles as soon as the process is gone, after about 1.5 s at most. Its own child processes are not waited for.
 *
 * @param endInput Ends the process's input at once; its promise is not awaited.
 */
export async function endProcess(pid: number, endInput: () => Promise<void>): Promise<void> {
  endInput().catch(() => undefined);
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

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // Running, but we may not signal it.
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
