import type { Pool, PoolClient } from 'pg';

/** Returns a pool that is like the one given, but for how it connects. */
export function poolWith(pool: Pool, connect: () => Promise<PoolClient>): Pool {
  return new Proxy(pool, {
    get: (target, name) => {
      if (name === 'connect') return connect;
      const value = Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
