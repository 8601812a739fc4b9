// One query of a million rows in a process of its own; prints what it took above idle as JSON, in MB and ms.
import { createPool, createQueryMcpServer, defineQueryTool } from 'movie-hub';
import pg from 'pg';
import { z } from 'zod';
import { callerOf, shopEntitlements } from './served-tools.mjs';

const megabyte = 1024 * 1024;
const sampleMs = 3;
const sql = (count) =>
  `SELECT n AS id, repeat(md5(n::text), 3) AS words FROM generate_series(1, ${count}) AS n`;
const { url, pool: kind, limits } = JSON.parse(process.argv[2]);
const pool = kind === 'createPool' ? createPool(url) : new pg.Pool({ connectionString: url });

const call = limits ? await served(limits) : bare;
await call(10);
global.gc();
await new Promise((resolve) => setTimeout(resolve, 100));
global.gc();
const idle = process.memoryUsage();
const highestBefore = process.resourceUsage().maxRSS;
// Freed pages of the start stay with the process: what fits into them shows in what is used only.
const used = ({ heapUsed, external }) => heapUsed + external;
const peak = { rss: idle.rss, used: used(idle) };
const sample = () => {
  const now = process.memoryUsage();
  peak.rss = Math.max(peak.rss, now.rss);
  peak.used = Math.max(peak.used, used(now));
};
const sampling = setInterval(sample, sampleMs);
const started = performance.now();
const rows = await call(1_000_000);
const ms = performance.now() - started;
sample();
clearInterval(sampling);
// The system's own record misses nothing between two samples; it also knows of the time before, so only a new one counts.
const highest = process.resourceUsage().maxRSS;
if (highest > highestBefore) peak.rss = Math.max(peak.rss, highest * 1024);
const figures = {
  rows,
  ms,
  idle: idle.rss / megabyte,
  rss: (peak.rss - idle.rss) / megabyte,
  used: (peak.used - used(idle)) / megabyte,
};
process.stdout.write(JSON.stringify(figures));
await pool.end();

async function bare(count) {
  return (await pool.query(sql(count))).rows.length;
}

/** A tool call; the answer names its rows in JSON. */
async function served(given) {
  const tool = defineQueryTool({
    name: 'list_words',
    title: 'Words',
    description: 'Lists words.',
    sql: sql(':count'),
    input: z.object({ count: z.number().int().describe('How many.') }),
    row: z.object({ id: z.number().int(), words: z.string() }),
  });
  const about = { name: 'bench', version: '1', instructions: 'Lists words.' };
  const server = createQueryMcpServer(pool, shopEntitlements, { ...about, ...given, tools: [tool] });
  const args = { count: 10 };
  const answer = await callerOf({ name: 'list_words', args }, server);
  return async (count) => {
    args.count = count;
    return JSON.parse(await answer()).rows.length;
  };
}
