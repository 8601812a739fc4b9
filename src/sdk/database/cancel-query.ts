import { connect as connectSocket, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { PoolClient } from 'pg';
import { isEmbedded } from './embedded-connection';

/** Longest time to reach the server with a request to cancel, in ms. */
const reachTimeoutMs = 5_000;

/** What a connection knows of its server beside what is typed. */
interface Backend {
  readonly processID?: number | null;
  readonly secretKey?: number | Buffer | null;
  readonly ssl?: boolean | object;
}

/**
 * Asks PostgreSQL to end what a connection is running, over a connection of its own as the protocol has it, so that it
 * works through PgBouncer and on a pool of one. TLS is used where the connection itself uses it.
 *
 * The request may reach the server after the query has ended: a connection that was asked for must not be used again. The
 * server closes the request's connection; were it closed from here, a pooler would drop a request that it has not passed on.
 *
 * @returns When the server has taken the request or cannot be reached. Never rejects.
 */
export async function cancelQuery(client: PoolClient): Promise<void> {
  const { processID, secretKey, ssl } = client as Backend;
  if (isEmbedded(client) || typeof processID !== 'number' || secretKey === null || secretKey === undefined)
    return;
  const { host, port } = client;
  const socket = host.startsWith('/')
    ? connectSocket(`${host}/.s.PGSQL.${port}`)
    : connectSocket({ host, port });
  const request = cancelRequest(processID, secretKey);
  await new Promise<void>((resolve) => {
    socket.setTimeout(reachTimeoutMs, () => socket.destroy());
    socket.once('error', () => socket.destroy());
    socket.once('close', () => resolve());
    socket.once('connect', () => {
      if (ssl) sendOverTls(socket, host, ssl, request);
      else socket.write(request);
    });
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

function sendOverTls(socket: Socket, host: string, ssl: true | object, request: Buffer): void {
  socket.write(startMessage(sslRequestCode));
  socket.once('data', (answer) => {
    if (answer.toString() !== 'S') return socket.destroy();
    const name = isIP(host) === 0 ? { servername: host } : {};
    const tls = connectTls({ socket, host, ...name, ...(typeof ssl === 'object' && ssl) });
    tls.once('error', () => socket.destroy());
    tls.once('secureConnect', () => tls.write(request));
  });
}
