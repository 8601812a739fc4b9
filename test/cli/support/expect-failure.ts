import { expect } from 'vitest';
import type { Ended } from './run-cli';

/** What is said of a password on the command line. */
export const passwordWarning = /^Warning: [^\n]* the password in --database-url [^\n]*\n/;

/** Expects an end with one line on standard error that says what and what to do: no stack, no password. */
export function expectFailure(ended: Ended, code: 1 | 2, ...parts: (string | RegExp)[]): void {
  for (const part of parts) expect(ended.stderr).toMatch(part);
  // Many tests name a server, with a password, on the command line.
  const line = ended.stderr.replace(passwordWarning, '');
  expect(line).toMatch(/^movie-hub: [^\n]{10,500}\n$/);
  expect(ended.stderr).not.toMatch(/\n\s+at |node:internal|secret/);
  expect(ended.stdout).toBe('');
  expect(ended).toMatchObject({ code, signal: null });
}
