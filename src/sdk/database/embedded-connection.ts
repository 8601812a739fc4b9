import type { ClientBase } from 'pg';

/** Set by `openEmbeddedDatabase`; the same in every copy of this package. */
const brand = Symbol.for('movie-hub.embedded-connection');

/** Whether a connection is that of a database inside this process: its one login is a superuser, and nothing cancels it. */
export function isEmbedded(client: ClientBase): boolean {
  return brand in client;
}
