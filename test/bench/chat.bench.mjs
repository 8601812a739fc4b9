// What a question costs the hub: the time until its stream says something, and what a hundred open streams hold while their
// answers grow.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { Agent, request as httpRequest } from 'node:http';
import { fileURLToPath } from 'node:url';
import { median, report } from './measure.mjs';

const rounds = 21;
const streams = 100;
const fewPieces = 200;
const manyPieces = 4_000;

export default async function chat() {
  const hub = fork(fileURLToPath(new URL('chat-hub-child.mjs', import.meta.url)), {
    execArgv: ['--expose-gc'],
  });
  /** Tells the hub's process what to do, and waits for its answer. */
  const tell = async (what) => {
    hub.send(what);
    const [answer] = await once(hub, 'message');
    return answer;
  };
  const [{ base }] = await once(hub, 'message');
  try {
    const browser = new Browser(base);
    await browser.signIn();
    await firstStatus(browser, 'first status of an answer');
    await memory(browser, tell);
  } finally {
    hub.disconnect();
  }
}

async function firstStatus(browser, what) {
  const times = [];
  for (let round = 0; round < rounds; round += 1) {
    const thread = await browser.newChat();
    const started = performance.now();
    const stream = browser.ask('Say little.', thread);
    await stream.came('Thinking…');
    times.push(performance.now() - started);
    await stream.ended;
  }
  report(what, median(times.slice(1)), 'ms', 200);
  report(`${what}, the slowest`, Math.max(...times.slice(1)), 'ms');
}

async function memory(browser, tell) {
  const idle = await tell({ measure: true });
  const open = [];
  for (let count = 0; count < streams; count += 1) {
    const stream = browser.ask('Say much.', await browser.newChat());
    // Until something is asked in it, a new chat is the one that is there.
    await stream.came('Thinking…');
    open.push(stream);
  }
  const few = await tell({ pieces: fewPieces, streams });
  await firstStatus(browser, `the same while ${streams} others stream`);
  const many = await tell({ pieces: manyPieces, streams });
  process.stdout.write(
    `  ${streams} open streams, each of ${manyPieces.toLocaleString('en')} pieces in the end\n`,
  );
  const text = (many.characters - few.characters) / 1024;
  report('  held by a stream at its beginning', (few.held - idle.held) / streams / 1024, 'KB');
  report('  text that a stream adds', text, 'KB');
  report('  what it then holds more than before', (many.held - few.held) / streams / 1024, 'KB');
  for (const stream of open) stream.leave();
  await tell({ ended: true });
  const after = await tell({ measure: true });
  report('  held by a stream when all have gone', (after.held - idle.held) / streams / 1024, 'KB');
}

/** Signs in, and asks as htmx does. */
class Browser {
  #cookies = new Map();
  #csrfToken = '';
  #agent = new Agent({ keepAlive: true, maxSockets: 1000 });

  constructor(base) {
    this.base = base;
  }

  async signIn() {
    await this.#visit('/login');
    await this.#visit('/login', { username: 'bench', password: 'bench-demo' });
    await this.#visit('/chat');
  }

  async newChat() {
    const { headers } = await this.#visit('/chat/new', {});
    return /thread=(.+)/.exec(headers.get('location'))[1];
  }

  ask(message, thread) {
    let body = '';
    const waiting = [];
    const request = httpRequest(`${this.base}/chat`, {
      method: 'POST',
      agent: this.#agent,
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        'hx-request': 'true',
        cookie: this.#cookie(),
      },
    });
    const ended = new Promise((resolve) => {
      request.on('error', resolve);
      request.on('response', (response) => {
        if (response.statusCode !== 200)
          throw new Error(`A question was answered with ${response.statusCode}.`);
        response.setEncoding('utf8').on('error', resolve).on('close', resolve);
        response.on('data', (piece) => {
          if (waiting.length === 0) return;
          body += piece;
          for (const [text, tell] of waiting.splice(0)) {
            if (body.includes(text)) tell();
            else waiting.push([text, tell]);
          }
        });
      });
    });
    request.end(new URLSearchParams({ _csrf: this.#csrfToken, message, thread }).toString());
    const came = (text) => new Promise((resolve) => waiting.push([text, resolve]));
    return { ended, came, leave: () => request.destroy() };
  }

  async #visit(path, fields) {
    const response = await fetch(this.base + path, {
      redirect: 'manual',
      headers: { cookie: this.#cookie() },
      ...(fields && { method: 'POST', body: new URLSearchParams({ _csrf: this.#csrfToken, ...fields }) }),
    });
    for (const line of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line);
      this.#cookies.set(name, value);
    }
    this.#csrfToken = /name="_csrf" value="([^"]+)"/.exec(await response.text())?.[1] ?? this.#csrfToken;
    return response;
  }

  #cookie() {
    return [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  }
}
