import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { CallToolRequestSchema, ListToolsRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import type { FastifyInstance } from 'fastify';
import { createMovieMcpServer } from 'movie-hub';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { oneKind, openDatabase, type TestDatabase } from '../support/databases';
import { seed } from '../support/seed';
import { hostileTexts } from '../ui/hostile-texts';
import { addUsers, openHub } from '../ui/open-hub';
import { PlayedModel } from '../ui/played-model';

const executablePath = inject('chromium');

/** A third-party tool that returns its input. */
function echoServer(): Server {
  const server = new Server({ name: 'echo', version: '1' }, { capabilities: { tools: {} } });
  const inputSchema = { type: 'object' as const };
  server.setRequestHandler(ListToolsRequestSchema, () => ({ tools: [{ name: 'echo', inputSchema }] }));
  server.setRequestHandler(CallToolRequestSchema, ({ params }) => {
    const text = String(params.arguments?.text);
    const isError = params.arguments?.isError === true;
    return {
      content: [{ type: 'text', text }],
      isError,
      structuredContent: { rows: [{ [text]: text, title_id: 1, title: text }] },
    };
  });
  return server;
}

describe.runIf(executablePath)('hostile texts in a browser', () => {
  let database: TestDatabase;
  let app: FastifyInstance;
  let browser: Browser;
  let page: Page;
  let base: string;
  const model = new PlayedModel('<b>m</b>');
  const requests: string[] = [];
  const happened: string[] = [];

  beforeAll(async () => {
    database = await openDatabase(oneKind);
    await seed(
      database.admin,
      hostileTexts.map((text, i) => ({
        id: i + 1,
        type: 1,
        title: `Case${i} ${text}`,
        votes: 9,
        cast: [{ id: i + 1, name: text, characters: [text] }],
      })),
    );
    await addUsers(database);
    app = await openHub(database.pools, {
      model,
      servers: (chat) => [createMovieMcpServer(database.pools.reader, chat.entitlements), echoServer()],
    });
    base = await app.listen({ port: 0, host: '127.0.0.1' });
    browser = await chromium.launch({
      executablePath: executablePath ?? '',
      args: ['--no-sandbox', '--disable-gpu'],
    });
    page = await browser.newPage();
    page.on('request', (request) => requests.push(request.url()));
    page.on('dialog', (dialog) => {
      happened.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) happened.push(message.text());
    });
    page.on('pageerror', (error) => happened.push(String(error)));
    await page.goto(base);
    await page.getByLabel('User name').fill('jim');
    await page.getByLabel('Password').fill('jim-demo');
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.getByRole('button', { name: 'Log out' }).waitFor();
  });
  afterAll(async () => {
    await browser?.close();
    await app?.close();
    await database?.close();
  });

  /** What stands in a page beside the texts: it must be the same whatever they are. */
  const shape = () =>
    page.evaluate<{ turns: number; foreign: number; title: string; listeners: number }>(`({
      turns: document.querySelectorAll('#turns > article.turn').length,
      foreign: document.querySelectorAll('main :is(script, img, iframe, style, link, svg, object, embed, base, meta, template, hx-partial, [onclick], [onerror], [onfocus], [onmouseover], [style]:not(textarea), [hx-swap-oob], a[href^="javascript"])').length,
      title: document.title,
      listeners: document.querySelectorAll('main [hx-get], main [hx-on]').length,
    })`);

  test.each(hostileTexts.map((text, i) => [i, text] as const))(
    'text %i does nothing, streamed and reloaded',
    async (i, text) => {
      await page.goto(`${base}/chat`);
      await page.getByRole('button', { name: 'New chat' }).click();
      await page.waitForURL(/thread=/);
      model.play(
        [
          { toolUse: { name: 'get_movie_characters', input: { title: `Case${i} ${text}`.slice(0, 200) } } },
          { toolUse: { name: 'echo', input: { text } } },
          { toolUse: { name: 'echo', input: { text, isError: true } } },
          { toolUse: { name: text, input: { [text]: text } } },
        ],
        [{ text: [...`${text}\n\nSee Case${i} ${text}`] }],
      );
      await page.locator('#composer-message').fill(text);
      await page.keyboard.press('Enter');
      await page.locator('.turn[aria-busy="false"]').waitFor();
      const expected = { turns: 1, foreign: 0, title: 'Chat · Movie Hub', listeners: 0 };
      expect(await shape()).toEqual(expected);
      await page.reload();
      expect(await shape()).toEqual(expected);
      expect(await page.locator('details.step').count()).toBe(4);
      expect(await page.locator('.question').textContent()).toContain(
        text.trim().replace(/\r\n?/g, '\n').slice(0, 20),
      );
    },
  );

  test('nothing ran, nothing was complained of, and no request left', () => {
    expect(happened).toEqual([]);
    expect(requests.length).toBeGreaterThan(hostileTexts.length);
    expect(
      requests.filter((url) => !url.startsWith(`${base}/`) && !url.startsWith('data:image/svg+xml')),
    ).toEqual([]);
    const paths = new Set(
      requests
        .filter((url) => url.startsWith(base))
        .map((url) => new URL(url).pathname.replace(/^\/assets\/.*/, '/assets')),
    );
    expect([...paths].sort()).toEqual(['/', '/assets', '/chat', '/chat/new', '/login', '/movies']);
  });
});
