import pg, { type Pool } from 'pg';

/** A pool whose n-th statement fails as if the server had gone, and all after it. */
export function failingPool(connectionString: string, n: number): { pool: Pool; asked: () => number } {
  const pool = new pg.Pool({ connectionString, max: 4 });
  pool.on('error', () => undefined);
  let asked = 0;
  pool.on('connect', (client) => {
    const query = client.query.bind(client) as (...args: unknown[]) => unknown;
    const failing = (...args: unknown[]) => {
      asked += 1;
      // A statement that is never heard of again, as when the process was killed: the server takes the transaction back.
      if (asked >= n) {
        client.connection?.stream.destroy();
        const killed = new Error('killed');
        // COPY is a stream that is asked for, not a promise.
        if (typeof args[0] === 'object') throw killed;
        return Promise.reject(killed);
      }
      return query(...args);
    };
    Object.assign(client, { query: failing });
  });
  return { pool, asked: () => asked };
}
