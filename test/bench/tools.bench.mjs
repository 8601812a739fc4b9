// What a tool call in the process adds to its own four statements: on a bare pool of the driver, and behind an MCP server
// that is written by hand.
import { createPool } from 'movie-hub';
import pg from 'pg';
import { onEmbedded, onServer, plainPool } from './database.mjs';
import { interleave, median, report } from './measure.mjs';
import { byHand, callerOf, calls } from './served-tools.mjs';

// Many short slices: whatever else the machine does then meets all variants.
const rounds = 40;
const warmUpRounds = 4;
const sliceMs = 40;
const manyCallers = 16;

export default async function tools() {
  const isDone = await onServer(measure);
  if (!isDone) await onEmbedded(measure);
}

async function measure(database) {
  const pools = poolsOf(database);
  const variants = {};
  const cells = [];
  for (const { kind, of } of pools) {
    for (const tool of calls) {
      const pool = of(tool.login);
      const served = await callerOf(tool, tool.serve(pool));
      const bare = bareCall(pool, await statementsOf(pool, served));
      const rowCount = JSON.parse(await bare()).length;
      if (rowCount < tool.rows) throw new Error(`${tool.name} gives ${rowCount} rows`);
      const handMade = await callerOf(tool, byHand(tool, bare));
      const cell = `${tool.name}, ${kind}`;
      cells.push(cell);
      variants[`${cell} served`] = () => slice(served, 1);
      variants[`${cell} by hand`] = () => slice(handMade, 1);
      variants[`${cell} bare`] = () => slice(bare, 1);
      variants[`${cell} served to many`] = () => slice(served, manyCallers);
      variants[`${cell} bare to many`] = () => slice(bare, manyCallers);
    }
  }
  const figures = await interleave(variants, rounds, warmUpRounds);
  for (const cell of cells) {
    process.stdout.write(`  ${cell}\n`);
    print((variant) => figures[`${cell} ${variant}`]);
  }
  for (const { end } of pools) await end();
}

function print(figuresOf) {
  const of = (variant, figure) => median(figuresOf(variant).map((each) => each[figure]));
  const ratio = (variant, base, figure) =>
    median(figuresOf(variant).map((each, round) => each[figure] / figuresOf(base)[round][figure]));
  report('  1 caller: a call takes', of('served', 'ms'), 'ms');
  report('    by hand with the MCP SDK', of('by hand', 'ms'), 'ms');
  report('    bare', of('bare', 'ms'), 'ms');
  report('    added to bare', (ratio('served', 'bare', 'ms') - 1) * 100, '%', 25);
  report('    added to by hand', (ratio('served', 'by hand', 'ms') - 1) * 100, '%');
  for (const [callers, suffix] of [
    ['1 caller', ''],
    [`${manyCallers} callers`, ' to many'],
  ]) {
    report(`  ${callers}: calls`, of(`served${suffix}`, 'perSecond'), 'per s');
    report('    bare', of(`bare${suffix}`, 'perSecond'), 'per s');
    report('    ratio', ratio(`served${suffix}`, `bare${suffix}`, 'perSecond') * 100, '%');
  }
}

/** Pools of each kind, one for each login: a plain one, and one in pipeline mode. */
function poolsOf(database) {
  if (database.pool) return [{ kind: 'one connection', of: () => database.pool, end: () => undefined }];
  return Object.entries({ 'pg.Pool': plainPool, createPool }).map(([kind, make]) => {
    const made = {};
    const of = (login) => {
      made[login] ??= make({ connectionString: database.urls[login], max: manyCallers });
      return made[login];
    };
    return { kind, of, end: () => Promise.all(Object.values(made).map((pool) => pool.end())) };
  });
}

/** Takes down what a call sends: the same text and the same parameters are sent bare. */
async function statementsOf(pool, call) {
  await call(); // the first one checks the database
  const sent = [];
  const client = await pool.connect();
  client.query = (statement) => {
    sent.push(typeof statement === 'string' ? statement : { text: statement.text, values: statement.values });
    return pg.Client.prototype.query.call(client, statement);
  };
  client.release();
  await call();
  delete client.query;
  if (sent.length !== 4)
    throw new Error(`A call sends ${sent.length} statements on ${pool.totalCount} connections.`);
  return sent;
}

/** The statements as one would send them without the library: all at once where the pool is in pipeline mode. */
function bareCall(pool, statements) {
  return async () => {
    const client = await pool.connect();
    try {
      const results = [];
      if (client.pipeline) results.push(...(await Promise.all(statements.map((each) => client.query(each)))));
      else for (const each of statements) results.push(await client.query(each));
      return JSON.stringify(results[2].rows);
    } finally {
      client.release();
    }
  };
}

async function slice(call, count) {
  const times = [];
  const started = performance.now();
  const caller = async () => {
    do {
      const before = performance.now();
      await call();
      times.push(performance.now() - before);
    } while (performance.now() - started < sliceMs);
  };
  await Promise.all(Array.from({ length: count }, caller));
  return { ms: median(times), perSecond: (times.length * 1000) / (performance.now() - started) };
}
