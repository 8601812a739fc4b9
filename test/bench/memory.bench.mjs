// What a tool call holds of a query that gives a million rows, beside what the bare driver holds of it.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { onServer } from './database.mjs';
import { interleave, median, report } from './measure.mjs';

const rounds = 3;
const child = fileURLToPath(new URL('memory-child.mjs', import.meta.url));
const run = promisify(execFile);

/** What the child is to do; limits are those of a tool call. */
const kinds = {
  'default limits': { limits: {} },
  '1,000,000 rows, 100,000 bytes': { limits: { maxRows: 1_000_000, maxBytes: 100_000 } },
  'the bare driver': {},
};

export default async function memory() {
  await onServer(measure);
}

async function measure({ urls }) {
  const variants = {};
  for (const [name, kind] of Object.entries(kinds)) {
    for (const pool of kind.limits ? ['pg.Pool', 'createPool'] : ['pg.Pool']) {
      variants[`${name}, ${pool}`] = async () => {
        const work = JSON.stringify({ url: urls.shop, pool, ...kind });
        const { stdout } = await run(process.execPath, ['--expose-gc', child, work]);
        return JSON.parse(stdout);
      };
    }
  }
  const figures = await interleave(variants, rounds);
  for (const [name, each] of Object.entries(figures)) {
    const of = (figure) => median(each.map((one) => one[figure]));
    const aim = name.startsWith('the bare') ? undefined : 64;
    process.stdout.write(
      `  ${name}: ${of('rows').toLocaleString('en')} rows, idle at ${of('idle').toFixed(0)} MB\n`,
    );
    report('  the process (RSS) above idle', of('rss'), 'MB', aim);
    report('  what it uses (heap, buffers) above idle', of('used'), 'MB', aim);
    report('  time', of('ms'), 'ms');
  }
}
