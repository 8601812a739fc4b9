import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { CommandFailure } from './failure';

/** Reads a password: without showing it at a terminal, else the first line of standard input. */
export async function readPassword(prompt: string): Promise<string> {
  const isTerminal = process.stdin.isTTY ?? false;
  if (isTerminal) process.stderr.write(prompt);
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: nowhere, terminal: isTerminal });
  // At a terminal in raw mode Ctrl-C is no signal: it only ends the lines.
  lines.once('SIGINT', () => lines.close());
  try {
    for await (const line of lines) return line;
    throw new CommandFailure(
      'No password was given. Type it, or give it as the first line of standard input.',
    );
  } finally {
    lines.close();
    if (isTerminal) process.stderr.write('\n');
  }
}
