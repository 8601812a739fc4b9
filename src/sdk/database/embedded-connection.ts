import type { ClientBase } from 'pg';

/** For any copy of this package: a pool may have been made by the one for ESM and be served by the one for CommonJS. */
const brand = Symbol.for('movie-hub.embedded-connection');

/** Marks a connection as that of a database inside this process: its one login is a superuser, and nothing cancels it. */
export function markEmbedded(client: ClientBase): void {
  Object.defineProperty(client, brand, { value: true });
}

/** Tells whether a connection is that of a database inside this process. */
export function isEmbedded(client: ClientBase): boolean {
  return brand in client;
}
