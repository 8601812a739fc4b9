import { connect, createServer } from 'node:net';

/**
 * Stands between a client and a server on this machine as a network would: every chunk comes later by `delayMs` each way.
 * Chunks keep their order, and any number may be under way.
 *
 * @returns Its port; how often a client has spoken after it was spoken to, which is how often it has waited; `close`.
 */
export async function slowProxy(serverPort, delayMs) {
  let waits = 0;
  let lastToSpeak = 'server';
  const sockets = new Set();
  const proxy = createServer({ noDelay: true }, (client) => {
    const server = connect({ port: serverPort, host: '127.0.0.1', noDelay: true });
    client.on('data', () => {
      if (lastToSpeak === 'server') waits += 1;
      lastToSpeak = 'client';
    });
    delay(client, server, () => undefined);
    // Heard when it arrives: what a client sends until then, it sends without waiting.
    delay(server, client, () => {
      lastToSpeak = 'server';
    });
  });
  const delay = (from, to, onArrival) => {
    sockets.add(from);
    from.on('data', (chunk) =>
      setTimeout(() => {
        onArrival();
        if (to.writable) to.write(chunk);
      }, delayMs),
    );
    from.on('error', () => to.destroy());
    from.on('end', () => setTimeout(() => to.end(), delayMs));
    from.on('close', () => sockets.delete(from));
  };
  await new Promise((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  return {
    port: proxy.address().port,
    waits: () => waits,
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => proxy.close(resolve));
    },
  };
}
