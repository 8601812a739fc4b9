// How long a newcomer waits: from the command to the first page, on an empty and on a kept folder, and from a question
// to the first words of its answer.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { median, report } from './measure.mjs';

const command = ['dist/cli/movie-hub-demo.js', '--port', '0'];
const rounds = 5;

export default async function startup() {
  const figures = { empty: [], kept: [], answer: [] };
  for (let round = 0; round < rounds; round += 1) {
    const dataDir = mkdtempSync(join(tmpdir(), 'movie-hub-bench-'));
    figures.empty.push(await timeToFirstPage(dataDir));
    figures.kept.push(
      await timeToFirstPage(dataDir, async (base) => figures.answer.push(...(await timesToAnswer(base)))),
    );
    rmSync(dataDir, { recursive: true, force: true });
  }
  report('first page, empty folder', median(figures.empty), 'ms', 6_000);
  report('first page, kept folder', median(figures.kept), 'ms', 3_000);
  report('chat answer begins', median(figures.answer), 'ms', 300);
}

async function timeToFirstPage(dataDir, whileUp = async () => undefined) {
  const started = performance.now();
  const demo = spawn(process.execPath, [...command, '--data-dir', dataDir], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const base = await new Promise((resolve, reject) => {
    let output = '';
    demo.stdout.on('data', (chunk) => {
      output += chunk;
      const address = /ready at (http:\S+)/.exec(output)?.[1];
      if (address) resolve(address);
    });
    demo.once('exit', () => reject(new Error('the demo ended')));
  });
  const page = await fetch(`${base}/login`);
  await page.text();
  const elapsed = performance.now() - started;
  await whileUp(base);
  const ended = new Promise((resolve) => demo.once('exit', resolve));
  demo.kill('SIGTERM');
  await ended;
  return elapsed;
}

/** From sending a question to the first words of the answer in the stream. */
async function timesToAnswer(base) {
  const cookies = new Map();
  const visit = async (path, init = {}) => {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(base + path, {
      redirect: 'manual',
      ...init,
      headers: { ...init.headers, cookie },
    });
    for (const line of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line);
      cookies.set(name, value);
    }
    return response;
  };
  const tokenOf = async (path) => /name="_csrf" value="([^"]+)"/.exec(await (await visit(path)).text())[1];
  const form = (fields) => ({ method: 'POST', body: new URLSearchParams(fields) });
  await visit('/login', form({ _csrf: await tokenOf('/login'), username: 'vlad', password: 'vlad-demo' }));
  const times = [];
  for (let i = 0; i < 5; i += 1) {
    const _csrf = await tokenOf('/chat');
    const started = performance.now();
    const response = await visit('/chat', {
      ...form({ _csrf, message: 'Who is in The Godfather?' }),
      headers: { 'hx-request': 'true' },
    });
    let stream = '';
    for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
      stream += chunk;
      if (/-answer"[\s\S]*Godfather/.test(stream)) {
        times.push(performance.now() - started);
        break;
      }
    }
  }
  if (times.length === 0) throw new Error('no answer came');
  return times;
}
