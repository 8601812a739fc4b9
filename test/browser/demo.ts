import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import axe from 'axe-core';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

/** The demo as its command starts it, and a browser to look at it with. */
export interface Demo {
  readonly base: string;
  /** What any page complained of: in the console, by a failed script, or by its content security policy. */
  readonly problems: string[];
  /** Opens a page in a context of its own, with nobody signed in. */
  open(options?: BrowserContextOptions): Promise<Page>;
  /** Opens a page in a context of its own, and signs one of the demo's users in. */
  visit(user: string, options?: BrowserContextOptions): Promise<Page>;
  /** Restarts the server on the same data and the same port. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

/** Starts the demo on data of its own. */
export async function openDemo(executablePath: string): Promise<Demo> {
  const dataDir = mkdtempSync(join(tmpdir(), 'movie-hub-browser-'));
  const problems: string[] = [];
  let server = start(dataDir, '0');
  const base = await readyAddress(server);
  const browser = await launch(executablePath);
  const open = async (options: BrowserContextOptions = {}) => {
    const context = await browser.newContext({ viewport: { width: 1200, height: 800 }, ...options });
    const page = await context.newPage();
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) problems.push(message.text());
    });
    page.on('pageerror', (error) => problems.push(String(error)));
    return page;
  };
  return {
    base,
    problems,
    open,
    async visit(user, options) {
      const page = await open(options);
      await page.goto(`${base}/login`);
      await page.getByLabel('User name').fill(user);
      await page.getByLabel('Password').fill(`${user}-demo`);
      await page.getByRole('button', { name: 'Log in' }).click();
      await page.getByRole('button', { name: 'Log out' }).first().waitFor({ state: 'attached' });
      return page;
    },
    async restart() {
      await stop(server);
      server = start(dataDir, new URL(base).port);
      await readyAddress(server);
    },
    async close() {
      await browser.close();
      await stop(server);
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** Asks in the chat, with the keyboard, and returns the answer once it is whole. */
export async function ask(page: Page, question: string): Promise<string> {
  const before = await page.locator('.turn').count();
  await page.locator('textarea[name=message]').fill(question);
  await page.keyboard.press('Enter');
  const turn = page.locator('.turn').nth(before);
  await turn.and(page.locator('[aria-busy="false"]')).waitFor();
  return (await turn.locator('.answer').textContent()) ?? '';
}

/** What axe finds against WCAG 2.2 AA, each with the first elements it is about. */
export async function violationsOf(page: Page): Promise<string[]> {
  // By evaluating: the content security policy takes no script tag of others.
  await page.evaluate(axe.source);
  const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22a', 'wcag22aa', 'best-practice'];
  const found = await page.evaluate<axe.AxeResults>(
    `axe.run(document, { runOnly: { type: 'tag', values: ${JSON.stringify(tags)} } })`,
  );
  return found.violations.map(
    ({ id, help, nodes }) => `${id}: ${help}: ${nodes.slice(0, 3).map((node) => node.html)}`,
  );
}

function launch(executablePath: string): Promise<Browser> {
  const quiet = ['--disable-background-networking', '--disable-component-update', '--disable-sync'];
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu', ...quiet] });
}

function start(dataDir: string, port: string): ChildProcess {
  const args = ['dist/cli/movie-hub-demo.js', '--port', port, '--data-dir', dataDir];
  return spawn(process.execPath, args, {
    env: { ...process.env, MOVIE_HUB_SESSION_SECRET: 'the same after a restart: secret' },
  });
}

async function stop(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null) return;
  const ended = once(server, 'exit');
  server.kill();
  await ended;
}

function readyAddress(server: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = '';
    const read = (chunk: Buffer) => {
      output += chunk;
      const address = /ready at (http:\S+)/.exec(output)?.[1];
      if (address !== undefined) resolve(address);
    };
    server.stdout?.on('data', read);
    server.stderr?.on('data', read);
    server.once('exit', () => reject(new Error(`the demo ended: ${output}`)));
  });
}
