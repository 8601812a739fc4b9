import { isIP, Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { Pool, PoolClient } from 'pg';
import { longestMs } from '../options';
import { isEmbedded } from './connect';

/** How much later than the server's own limit an answer may come, in ms. */
const marginMs = 5_000;

/**
 * Closes a connection whose server no longer answers: the server's own time limits help nobody when its answers do not arrive.
 * It keeps track of what was sent and is not answered yet.
 */
export class ResponseTimeout {
  readonly #client: PoolClient;
  readonly #limitMs: number;
  readonly #unanswered = new Set<Promise<unknown>>();
  #timer: NodeJS.Timeout | undefined;

  /** @param limitMs Longest time that the server takes for one answer by its own limit, in ms. */
  constructor(client: PoolClient, limitMs: number) {
    this.#client = client;
    this.#limitMs = Math.min(limitMs + marginMs, longestMs);
  }

  /** Whether nothing is waited for. */
  get isIdle(): boolean {
    return this.#unanswered.size === 0;
  }

  /** Waits for an answer. */
  await<Answer>(answer: Promise<Answer>): Promise<Answer> {
    this.#unanswered.add(answer);
    this.#restart();
    const answered = () => {
      this.#unanswered.delete(answer);
      this.#restart();
    };
    answer.then(answered, answered);
    return answer;
  }

  /** Settles when all that was sent is answered, or has failed. */
  async idle(): Promise<void> {
    while (this.#unanswered.size > 0) await Promise.allSettled(this.#unanswered);
  }

  /** Ends the connection: whatever is not answered fails. */
  cut(): void {
    this.#client.connection.stream.destroy();
  }

  #restart(): void {
    clearTimeout(this.#timer);
    // An embedded database blocks this process while it works, and timers with it.
    if (this.isIdle || isEmbedded(this.#client)) return;
    this.#timer = setTimeout(() => this.cut(), this.#limitMs);
  }
}

/** How long a connection has to answer after the first request to cancel, in ms; then it is cut. */
const answerAfterCancelMs = 1_000;
/** When the next request to cancel follows, in ms. */
const askAgainMs = 200;

/**
 * Asks the server to end what runs, until all that was sent is answered or the connection is cut. Once is not enough: a
 * request that overtakes its query, as it may on the way through a pooler, ends nothing.
 */
export async function cancelUntilAnswered(
  client: PoolClient,
  pool: Pool,
  responses: ResponseTimeout,
): Promise<void> {
  const ask = () => void cancelQuery(client, pool);
  const again = setInterval(ask, askAgainMs);
  const cut = setTimeout(() => responses.cut(), answerAfterCancelMs);
  ask();
  await responses.idle();
  clearInterval(again);
  clearTimeout(cut);
}

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
async function cancelQuery(client: PoolClient, pool: Pool): Promise<void> {
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
