import { connect, createServer, type Server } from 'node:net';

/** Whether a process holds the lock, or waits for it. */
export type HolderState = 'has' | 'wants';

/** A process that holds or wants the lock. */
export interface Holder {
  readonly state: HolderState;
  /** Undefined when the process did not answer. */
  readonly pid: number | undefined;
}

/** In ms. A process that is busy with its database may answer late. */
const answerTimeoutMs = 500;

/** Errors that prove that nobody listens. Others, such as for a socket of another user, count as a holder. */
const deadCodes = new Set(['ECONNREFUSED', 'ENOENT', 'ENOTSOCK', 'ECONNRESET', 'EPIPE']);

/** Listens on a local socket and reports the state. It does not keep the process running. */
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

/** Asks the process behind a local socket; undefined when there is none. */
export function askHolder(path: string): Promise<Holder | undefined> {
  return new Promise((resolve) => {
    const socket = connect(path);
    const answer = (holder: Holder | undefined) => {
      socket.destroy();
      resolve(holder);
    };
    const unknown: Holder = { state: 'has', pid: undefined };
    socket.setTimeout(answerTimeoutMs, () => answer(unknown));
    socket.setEncoding('utf8');
    socket.once('data', (text) => {
      const [state, pid] = String(text).split(' ');
      answer({ state: state === 'wants' ? 'wants' : 'has', pid: Number(pid) || undefined });
    });
    socket.once('end', () => answer(undefined));
    socket.once('error', (error: NodeJS.ErrnoException) => {
      answer(deadCodes.has(error.code ?? '') ? undefined : unknown);
    });
  });
}
