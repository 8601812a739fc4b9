import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { MovieHubError } from '../errors';

/** A server to start as a process of its own, spoken to over its standard input and output. */
export interface StdioConnection {
  readonly command: string;
  readonly args?: readonly string[];
  /** Its environment beside the few variables that every process needs; nothing else of this process's is passed on. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** A server to reach over HTTP (streamable HTTP). */
export interface HttpConnection {
  readonly url: string | URL;
  /** Sent with every request, as for `authorization`. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** A description of a server; the run connects to it, and lets go of it at the end. */
export type ServerConnection = StdioConnection | HttpConnection;

/** Tells a description from a client or a server. */
export function isConnection(server: object): server is ServerConnection {
  return 'command' in server || 'url' in server;
}

/**
 * Checks a description before anything is started.
 *
 * @throws MovieHubError `invalid_argument` for an address that is none.
 */
export function checkConnection(connection: ServerConnection): void {
  if ('command' in connection) {
    if (typeof connection.command === 'string' && connection.command.trim() !== '') return;
    throw new MovieHubError('invalid_argument', 'The command of a server must be text.');
  }
  const url = URL.canParse(String(connection.url)) ? new URL(String(connection.url)) : undefined;
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:')
    throw new MovieHubError('invalid_argument', 'The url of a server must begin with http:// or https://.');
}

/** Connects a client as described. */
export async function connectAsDescribed(
  connection: ServerConnection,
  client: Client,
  options: { readonly signal: AbortSignal; readonly timeout: number },
): Promise<void> {
  await client.connect(await transportOf(connection), options);
}

async function transportOf(connection: ServerConnection): Promise<Transport> {
  if ('command' in connection) {
    const { StdioClientTransport } = await import('@modelcontextprotocol/sdk/client/stdio.js');
    const { command, args = [], env, cwd } = connection;
    return new StdioClientTransport({
      command,
      args: [...args],
      // What it says is its own: it may hold what is not meant for this process's log.
      stderr: 'ignore',
      ...(env && { env: { ...env } }),
      ...(cwd !== undefined && { cwd }),
    });
  }
  const { StreamableHTTPClientTransport } = await import(
    '@modelcontextprotocol/sdk/client/streamableHttp.js'
  );
  const { url, headers } = connection;
  const transport = new StreamableHTTPClientTransport(new URL(url), {
    ...(headers && { requestInit: { headers: { ...headers } } }),
  });
  // Typed without exactOptionalPropertyTypes.
  return transport as Transport;
}
