import type { Pool, PoolClient } from 'pg';

/** Returns a pool that is like the one given, but for how it connects. */
export function poolWith(pool: Pool, connect: () => Promise<PoolClient>): Pool {
  return new Proxy(pool, {
    get: (target, name) => {
      if (name === 'connect') return connect;
      const value = Reflect.get(target, name);
      // `Client` is a class, which must stay one.
      return typeof value === 'function' && name !== 'Client' ? value.bind(target) : value;
    },
  });
}
