import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** A way to a server that can be shut: connections through it then break, and new ones are refused. Muted, it only falls silent. */
export interface Gate {
  /** The server's URL by way of the gate. */
  readonly url: string;
  shut(): Promise<void>;
  /** Lets nothing of the server through any more, on the connections that there are. */
  mute(): void;
  open(): Promise<void>;
  close(): Promise<void>;
  /** How often a client has spoken after it was spoken to: how often it has waited. */
  waits(): number;
  /** How many connections were made through it, and how many are open. */
  made(): number;
  connections(): number;
}

/** Opens a gate to the server of a connection URL. */
export async function openGate(url: string): Promise<Gate> {
  const target = new URL(url);
  const sockets = new Set<Socket>();
  const outsides = new Set<Socket>();
  let heard = false;
  let waits = 0;
  let made = 0;
  const server = createServer((inside) => {
    const outside = connect(Number(target.port), target.hostname);
    made += 1;
    outsides.add(outside);
    outside.on('data', () => {
      heard = true;
    });
    inside.on('data', () => {
      if (heard) waits += 1;
      heard = false;
    });
    outside.on('close', () => outsides.delete(outside));
    for (const [socket, other] of [
      [inside, outside],
      [outside, inside],
    ] as const) {
      sockets.add(socket);
      socket.pipe(other);
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
  });
  const listen = async (port: number) => {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    return address.port;
  };
  const shut = async () => {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  const port = await listen(0);
  const through = new URL(url);
  through.port = String(port);
  return {
    url: through.href,
    shut,
    mute: () => {
      for (const outside of outsides) outside.unpipe().pause();
    },
    open: async () => {
      await listen(port);
    },
    close: shut,
    waits: () => waits,
    made: () => made,
    connections: () => outsides.size,
  };
}
