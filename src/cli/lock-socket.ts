import { connect, createServer, type Server } from 'node:net';

/** What a process says of a folder that it has, or wants and does not have yet. */
export type HolderState = 'has' | 'wants';

/** A process that listens. */
export interface Holder {
  readonly state: HolderState;
  /** Its process id; undefined when it gave none. */
  readonly pid: number | undefined;
}

/** Longest time to wait for an answer, in ms. A process that is busy with its database cannot answer at once. */
const answerMs = 500;

/** Errors that say that nobody listens. Any other, such as a socket of another user, is taken for somebody. */
const deadCodes = new Set(['ECONNREFUSED', 'ENOENT', 'ENOTSOCK', 'ECONNRESET', 'EPIPE']);

/** Listens on a local socket and tells whoever asks. It keeps no process alive. */
export function listenAsHolder(path: string, state: () => HolderState): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.end(`${state()} ${process.pid}`);
    });
    server.once('error', reject);
    server.listen(path, () => resolve(server.unref()));
  });
}

/** Asks who is behind a local socket; undefined when nobody is. */
export function askHolder(path: string): Promise<Holder | undefined> {
  return new Promise((resolve) => {
    const socket = connect(path);
    const answer = (holder: Holder | undefined) => {
      socket.destroy();
      resolve(holder);
    };
    const somebody: Holder = { state: 'has', pid: undefined };
    socket.setTimeout(answerMs, () => answer(somebody));
    socket.setEncoding('utf8');
    socket.once('data', (text) => {
      const [state, pid] = String(text).split(' ');
      answer({ state: state === 'wants' ? 'wants' : 'has', pid: Number(pid) || undefined });
    });
    socket.once('end', () => answer(undefined));
    socket.once('error', (error: NodeJS.ErrnoException) => {
      answer(deadCodes.has(error.code ?? '') ? undefined : somebody);
    });
  });
}
