// What a burst of logins does to everybody else: pages and files meanwhile, and how the logins are answered.
import { setTimeout as sleep } from 'node:timers/promises';
import Fastify from 'fastify';
import { createDemoModel } from 'movie-hub/testing';
import { hashPassword, hub } from 'movie-hub/ui';
import { onHubServer } from './database.mjs';
import { percentile, report } from './measure.mjs';

/** As many as the limits let through from one address in a minute, with what was tried before. */
const logins = 98;
const aimMs = 300;
const password = 'a password of the bench';

export default async function burstOfLogins() {
  await onHubServer(measure);
}

async function measure({ admin, pools }) {
  await admin.query(
    `INSERT INTO movie_hub_app.users (username, password_hash, title_types) SELECT 'user' || n, $1, '{1}' FROM generate_series(0, $2) AS n`,
    [await hashPassword(password), logins],
  );
  const app = Fastify({ forceCloseConnections: true });
  await app.register(hub, {
    pools,
    model: createDemoModel(),
    sessionSecret: 'a secret of the bench, long enough',
  });
  const base = await app.listen({ port: 0, host: '127.0.0.1' });
  const reader = await openLogin(base, 'user0');
  await reader.send();
  const get = (path) => timeOf(base, path, reader.cookie());
  for (const path of ['/movies', '/assets/hub.css']) await get(path);

  const burst = [];
  for (let n = 1; n <= logins; n += 1) burst.push(await openLogin(base, `user${n}`));
  const times = { page: [], file: [] };
  const failed = { page: 0, file: 0 };
  let isOver = false;
  const ask = async (kind, path) => {
    while (!isOver) {
      const { ms, status } = await get(path);
      times[kind].push(ms);
      if (status !== 200) failed[kind] += 1;
      await sleep(20);
    }
  };
  const began = performance.now();
  const asking = [ask('page', '/movies'), ask('file', '/assets/hub.css')];
  const statuses = await Promise.all(burst.map((login) => login.send()));
  const last = performance.now() - began;
  isOver = true;
  await Promise.all(asking);

  for (const [kind, all] of Object.entries(times)) {
    report(`a ${kind} meanwhile: p95 of ${all.length}`, percentile(all, 0.95), 'ms', aimMs);
    report('  the slowest', percentile(all, 1), 'ms');
    report('  not answered with 200', failed[kind], 'times');
  }
  report(`the last of ${logins} logins answered after`, last / 1000, 's');
  for (const status of [...new Set(statuses)].sort())
    report(`  answered with ${status}`, statuses.filter((each) => each === status).length, 'logins');
  await app.close();
}

/** Opens the login page in a browser of its own; `send` sends the form. */
async function openLogin(base, username) {
  const cookies = new Map();
  const keep = (answer) => {
    for (const line of answer.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line);
      cookies.set(name, value);
    }
  };
  const cookie = () => [...cookies].map((pair) => pair.join('=')).join('; ');
  const page = await fetch(`${base}/login`);
  keep(page);
  const [, token] = /name="_csrf" value="([^"]+)"/.exec(await page.text());
  const body = new URLSearchParams({ username, password, _csrf: token });
  const send = async () => {
    const init = { method: 'POST', body, headers: { cookie: cookie() }, redirect: 'manual' };
    const answer = await fetch(`${base}/login`, init);
    keep(answer);
    await answer.text();
    return answer.status;
  };
  return { send, cookie };
}

async function timeOf(base, path, cookie) {
  const before = performance.now();
  const answer = await fetch(base + path, { headers: { cookie } });
  await answer.text();
  return { ms: performance.now() - before, status: answer.status };
}
