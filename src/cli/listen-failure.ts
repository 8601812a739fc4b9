import { createServer } from 'node:net';
import { CommandFailure } from './failure';

/** Where to listen. */
export interface ListenOptions {
  readonly port: number;
  readonly host: string;
}

/** Checks that an address is free, before a database is created. */
export async function checkAddress(options: ListenOptions): Promise<void> {
  const probe = createServer();
  await new Promise<void>((resolve, reject) => {
    probe.once('error', (cause) => reject(listenFailure(cause, options)));
    probe.listen(options.port, options.host, resolve);
  });
  await new Promise((resolve) => probe.close(resolve));
}

/** Explains why listening failed, and what to do. */
export function listenFailure(cause: unknown, { port, host }: ListenOptions): CommandFailure {
  return new CommandFailure(explain((cause as NodeJS.ErrnoException).code, port, host), 1, { cause });
}

function explain(code: string | undefined, port: number, host: string): string {
  if (code === 'EADDRINUSE')
    return `Port ${port} is in use. Choose another with --port, or --port 0 for any free port.`;
  if (code === 'EACCES')
    return `This user may not open port ${port}. Choose a port of 1024 or above with --port.`;
  return `${host} is not an address of this machine. Choose another with --host.`;
}
