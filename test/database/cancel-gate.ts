import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** A way to a server that is slow for queries and quick for requests to cancel, as a pooler may be. */
export interface CancelGate {
  /** The server's URL by way of the gate. */
  readonly url: string;
  /** How each connection began, in order. */
  readonly beginnings: readonly Beginning[];
  /** Requests whose sender was gone before the server had taken them; a pooler drops those. */
  readonly withdrawn: number;
  close(): Promise<void>;
}

export type Beginning = 'startup' | 'cancel' | 'TLS';

const codes: Readonly<Record<number, Beginning>> = { 80877102: 'cancel', 80877103: 'TLS' };

/**
 * Opens a gate to the server of a connection URL.
 *
 * @param delayOf How long each piece that a client sends is held back, in ms, by how its connection began.
 */
export async function openCancelGate(
  url: string,
  delayOf: Partial<Record<Beginning, number>> = {},
): Promise<CancelGate> {
  const target = new URL(url);
  const sockets = new Set<Socket>();
  const beginnings: Beginning[] = [];
  let withdrawn = 0;
  const server = createServer({ allowHalfOpen: true }, (inside) => {
    const outside = connect(Number(target.port), target.hostname);
    let began: Beginning | undefined;
    inside.on('data', (piece: Buffer) => {
      if (began === undefined) {
        began = codes[piece.readInt32BE(4)] ?? 'startup';
        beginnings.push(began);
      }
      setTimeout(() => outside.write(piece), delayOf[began] ?? 0);
    });
    inside.on('end', () => {
      if (began === 'cancel') withdrawn += 1;
      outside.destroy();
    });
    outside.on('data', (piece) => inside.write(piece));
    for (const [socket, other] of [
      [inside, outside],
      [outside, inside],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const through = new URL(url);
  through.port = String(address.port);
  return {
    url: through.href,
    beginnings,
    get withdrawn() {
      return withdrawn;
    },
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
