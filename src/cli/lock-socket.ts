import { connect, createServer, type Server } from 'node:net';

/** What a process says of a folder that it has, or wants and does not have yet. */
export type HolderState = 'has' | 'wants';

/** Longest time to wait for an answer, in ms. A process that is busy with its database cannot answer at once. */
const answerMs = 500;

/** Errors that say that nobody listens. Any other, such as a socket of another user, is taken for somebody. */
const deadCodes = new Set(['ECONNREFUSED', 'ENOENT', 'ENOTSOCK', 'ECONNRESET', 'EPIPE']);

/** Listens on a local socket and tells whoever asks. It keeps no process alive. */
export function listenAsHolder(path: string, state: () => HolderState): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.end(state());
    });
    server.once('error', reject);
    server.listen(path, () => resolve(server.unref()));
  });
}

/** Asks who is behind a local socket; undefined when nobody is. */
export function askHolder(path: string): Promise<HolderState | undefined> {
  return new Promise((resolve) => {
    const socket = connect(path);
    const answer = (state: HolderState | undefined) => {
      socket.destroy();
      resolve(state);
    };
    socket.setTimeout(answerMs, () => answer('has'));
    socket.setEncoding('utf8');
    socket.once('data', (text) => answer(String(text) === 'wants' ? 'wants' : 'has'));
    socket.once('end', () => answer(undefined));
    socket.once('error', (error: NodeJS.ErrnoException) => {
      answer(deadCodes.has(error.code ?? '') ? undefined : 'has');
    });
  });
}
