// One load or generation in a process of its own; prints as JSON what it took.
import { generateImdb, loadImdb } from 'movie-hub/dataset';
import pg from 'pg';

const { generate, load } = JSON.parse(process.argv[2]);
const began = performance.now();
const figures = generate ? await generated(generate) : await loaded(load);
process.stdout.write(
  JSON.stringify({ ms: performance.now() - began, rssMb: process.resourceUsage().maxRSS / 1024, ...figures }),
);

async function generated({ titles, folder }) {
  await generateImdb({ titles, folder });
  return {};
}

/** Times each file from the end of what was before it, which is when it is opened, to its last row. */
async function loaded({ url, folder, endsWith }) {
  const pool = new pg.Pool({ connectionString: url, max: 3 });
  pool.on('error', () => undefined);
  const stop = new AbortController();
  const files = {};
  let before = performance.now();
  let readMs;
  try {
    await loadImdb(pool, folder, {
      rebuild: true,
      signal: stop.signal,
      onProgress: ({ step }) => {
        if (step === 'look') before = performance.now();
      },
      onFile: ({ file, lines }) => {
        const now = performance.now();
        files[file] = { ms: now - before, lines };
        before = now;
        readMs = now - began;
        if (file === endsWith) stop.abort();
      },
    });
  } catch (cause) {
    if (!stop.signal.aborted) throw cause;
  } finally {
    await pool.end();
  }
  return { files, readMs };
}
