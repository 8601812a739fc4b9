import { isIP, Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { Pool, PoolClient } from 'pg';
import { isEmbedded } from './embedded-connection';

/** Longest time to reach the server with a request to cancel, in ms. */
const reachTimeoutMs = 5_000;

/** What a connection knows of its server beside what is typed. */
interface Backend {
  readonly processID?: number | null;
  readonly secretKey?: number | Buffer | null;
  readonly ssl?: boolean | Readonly<Record<string, unknown>>;
  readonly connectionParameters?: { readonly sslnegotiation?: string };
}

/**
 * Asks PostgreSQL to end what a connection is running, over a connection of its own as the protocol has it, so that it
 * works through PgBouncer and on a pool of one. It goes the way of the connection itself: through TLS, and through the
 * pool's own `stream` where that is a function.
 *
 * The request may reach the server after the query has ended: a connection that was asked for must not be used again. The
 * server closes the request's connection; were it closed from here, a pooler would drop a request that it has not passed on.
 *
 * @returns When the server has taken the request or cannot be reached. Never rejects.
 */
export async function cancelQuery(client: PoolClient, pool: Pool): Promise<void> {
  const { processID, secretKey, ssl, connectionParameters } = client as Backend;
  if (isEmbedded(client) || typeof processID !== 'number' || secretKey === null || secretKey === undefined)
    return;
  const { host, port } = client;
  const { stream } = pool.options ?? {};
  // A stream that is already open serves one connection only: there is no second way to the server.
  if (stream !== undefined && typeof stream !== 'function') return;
  const socket = (stream?.() ?? new Socket()) as Socket;
  const request = cancelRequest(processID, secretKey);
  await new Promise<void>((resolve) => {
    socket.setTimeout(reachTimeoutMs, () => socket.destroy());
    socket.once('error', () => socket.destroy());
    socket.once('close', () => resolve());
    socket.once('connect', () => {
      if (!ssl) socket.write(request);
      else if (connectionParameters?.sslnegotiation === 'direct') sendOverTls(socket, host, ssl, request);
      else askForTls(socket, () => sendOverTls(socket, host, ssl, request));
    });
    if (host.startsWith('/')) socket.connect(`${host}/.s.PGSQL.${port}`);
    else socket.connect(port, host);
  });
}

const sslRequestCode = 80_877_103;
const cancelRequestCode = 80_877_102;

/** PostgreSQL's protocol, "Message Formats": the length, a code in place of a version, and what follows it. */
function startMessage(code: number, rest: Buffer = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(8);
  head.writeInt32BE(8 + rest.length, 0);
  head.writeInt32BE(code, 4);
  return Buffer.concat([head, rest]);
}

/** The key has four bytes, and may have more since version 3.2 of the protocol. */
function cancelRequest(processID: number, secretKey: number | Buffer): Buffer {
  const id = Buffer.alloc(4);
  id.writeInt32BE(processID);
  const key = typeof secretKey === 'number' ? Buffer.alloc(4) : secretKey;
  if (typeof secretKey === 'number') key.writeInt32BE(secretKey);
  return startMessage(cancelRequestCode, Buffer.concat([id, key]));
}

function askForTls(socket: Socket, proceed: () => void): void {
  socket.write(startMessage(sslRequestCode));
  socket.once('data', (answer) => (answer.toString() === 'S' ? proceed() : socket.destroy()));
}

function sendOverTls(
  socket: Socket,
  host: string,
  ssl: true | Readonly<Record<string, unknown>>,
  request: Buffer,
): void {
  const options = ssl === true ? {} : ssl;
  const tls = connectTls({
    socket,
    host,
    ...(isIP(host) === 0 && { servername: host }),
    ALPNProtocols: ['postgresql'],
    ...options,
    // The driver hides it from spreads, so that it is not logged.
    ...('key' in options && { key: options.key as Buffer }),
  });
  tls.once('error', () => socket.destroy());
  tls.once('secureConnect', () => tls.write(request));
}
