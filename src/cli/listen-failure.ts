import { createServer } from 'node:net';
import { CommandFailure } from './failure';

/** Where to listen. */
export interface ListenOptions {
  readonly port: number;
  readonly host: string;
}

/** Finds out that an address cannot be listened on before a database is made for nothing. */
export async function checkAddress(options: ListenOptions): Promise<void> {
  const probe = createServer();
  await new Promise<void>((resolve, reject) => {
    probe.once('error', (cause) => reject(listenFailure(cause, options)));
    probe.listen(options.port, options.host, resolve);
  });
  await new Promise((resolve) => probe.close(resolve));
}

/** Says why an address cannot be listened on, and what to do. */
export function listenFailure(cause: unknown, { port, host }: ListenOptions): CommandFailure {
  return new CommandFailure(explain((cause as NodeJS.ErrnoException).code, port, host), 1, { cause });
}

function explain(code: string | undefined, port: number, host: string): string {
  if (code === 'EADDRINUSE')
    return `Port ${port} is in use. Choose another with --port, or any free one with --port 0.`;
  if (code === 'EACCES')
    return `Port ${port} may not be opened by this user. Choose one from 1024 on with --port.`;
  return `The address ${host} is not one of this machine. Give another with --host.`;
}
