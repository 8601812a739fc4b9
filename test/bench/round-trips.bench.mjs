// How often a tool call and a scope wait for a server that is 5 ms away, and how long they take.
import { createPool, defineQuery, runQuery, withEntitlements } from 'movie-hub';
import { onServer, plainPool } from './database.mjs';
import { interleave, median, report } from './measure.mjs';
import { callerOf, calls, shopEntitlements } from './served-tools.mjs';
import { slowProxy } from './slow-proxy.mjs';

const rounds = 30;
const delayMs = 5;

const listOrders = calls.find(({ name }) => name === 'list_orders');
const count = defineQuery({
  name: 'count',
  sql: 'SELECT count(*) FROM shop.orders WHERE status = :status',
  parameters: ['status'],
});

export default async function roundTrips() {
  await onServer(measure);
}

async function measure({ urls }) {
  const url = new URL(urls.shop);
  const proxy = await slowProxy(url.port, delayMs);
  url.port = proxy.port;
  const pools = {
    'pg.Pool': plainPool({ connectionString: url.href }),
    createPool: createPool(url.href),
  };
  const variants = { 'one query, bare': () => pools['pg.Pool'].query('SELECT 1') };
  const aims = { 'one query, bare': 1 };
  for (const [kind, pool] of Object.entries(pools)) {
    for (const preparedStatements of [false, true]) {
      const name = `${kind}${preparedStatements ? ', prepared' : ''}`;
      aims[`tool call, ${name}`] = kind === 'createPool' ? 1 : 4;
      variants[`tool call, ${name}`] = await callerOf(
        listOrders,
        listOrders.serve(pool, { preparedStatements }),
      );
      variants[`scope of 3 queries, ${name}`] = () => scopeOfThree(pool, { preparedStatements });
      // A plain connection takes one query at a time.
      if (kind === 'createPool')
        variants[`scope of 3 at once, ${name}`] = () => scopeOfThree(pool, { preparedStatements }, true);
    }
  }
  const measured = {};
  for (const [name, call] of Object.entries(variants)) measured[name] = () => timed(call, proxy);
  const figures = await interleave(measured, rounds);
  for (const [name, each] of Object.entries(figures)) {
    report(name, median(each.map(({ ms }) => ms)), 'ms');
    report('', median(each.map(({ waits }) => waits)), 'waits', aims[name]);
  }
  await Promise.all(Object.values(pools).map((pool) => pool.end()));
  await proxy.close();
}

async function timed(call, proxy) {
  const waitsBefore = proxy.waits();
  const started = performance.now();
  await call();
  return { ms: performance.now() - started, waits: proxy.waits() - waitsBefore };
}

/** Three queries of one user in one transaction, each waiting for the one before, or all sent together. */
function scopeOfThree(pool, options, atOnce = false) {
  const statuses = ['open', 'paid', 'sent'];
  const work = async (scope) => {
    if (atOnce) return Promise.all(statuses.map((status) => runQuery(scope, count, { status })));
    const counts = [];
    for (const status of statuses) counts.push(await runQuery(scope, count, { status }));
    return counts;
  };
  return withEntitlements(pool, shopEntitlements, work, options);
}
