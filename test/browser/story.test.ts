import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';

const executablePath = inject('chromium');
/** Where the README's pictures go, when they are to be made anew. */
const pictures = process.env.MOVIE_HUB_PICTURES;

describe.runIf(executablePath)(
  'the story in a browser, with the demo as it is started by its command',
  () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'movie-hub-browser-'));
    const problems: string[] = [];
    let demo: ChildProcess;
    let base: string;
    let browser: Browser;

    beforeAll(async () => {
      demo = spawn(process.execPath, ['dist/cli/movie-hub-demo.js', '--port', '0', '--data-dir', dataDir]);
      base = await readyAddress(demo);
      browser = await chromium.launch({
        executablePath: executablePath ?? '',
        args: [
          '--no-sandbox',
          '--disable-gpu',
          '--disable-background-networking',
          '--disable-component-update',
          '--disable-sync',
        ],
      });
    });
    afterAll(async () => {
      await browser?.close();
      demo?.kill();
      rmSync(dataDir, { recursive: true, force: true });
    });

    const visit = async (user: string, options: BrowserContextOptions = {}): Promise<Page> => {
      const context = await browser.newContext({ viewport: { width: 1200, height: 800 }, ...options });
      const page = await context.newPage();
      page.on('console', (message) => {
        if (['error', 'warning'].includes(message.type())) problems.push(message.text());
      });
      page.on('pageerror', (error) => problems.push(String(error)));
      await page.goto(base);
      await page.getByLabel('User name').fill(user);
      await page.getByLabel('Password').fill(`${user}-demo`);
      if (user === 'jim' && options.colorScheme === undefined) await picture(page, 'login');
      await page.getByRole('button', { name: 'Log in' }).click();
      await page.getByRole('button', { name: 'Log out' }).waitFor();
      return page;
    };

    test('from the admin who writes a row to the answer that holds it', async () => {
      const admin = await visit('admin');
      await admin.goto(`${base}/admin`);
      const titles = admin.locator('form[action$="/admin/titles"]');
      await titles.getByLabel('Title', { exact: true }).fill('DAT429: Coding an MCP Server');
      await titles.locator('[name=title_type]').selectOption('5');
      await titles.locator('[name=start_year]').fill('2025');
      await titles.getByRole('button').click();
      for (const [person, character] of [
        ['Jim', 'Jimbo'],
        ['Vlad', 'Mr. Vlad'],
      ] as const) {
        const people = admin.locator('form[action$="/admin/people"]');
        await people.locator('[name=name]').fill(person);
        await people.getByRole('button').click();
        const cast = admin.locator('form[action$="/admin/cast"]');
        await choose(cast.locator('[name=title_id]'), 'DAT429');
        await choose(cast.locator('[name=person_id]'), person);
        await cast.locator('[name=character]').fill(character);
        await cast.getByRole('button').click();
      }
      await picture(admin, 'admin');

      const vlad = await visit('vlad');
      const answer = await ask(vlad, 'Who is in the movie DAT429?');
      expect(answer).toMatch(/Jim .*Jimbo/s);
      expect(answer).toMatch(/Vlad .*Mr\. Vlad/s);
      await vlad.setViewportSize({ width: 1200, height: 920 });
      await vlad.locator('details').first().locator('summary').click();
      await picture(vlad, 'chat');
      expect(await ask(vlad, 'What time is it in Tokyo?')).toMatch(/\d{1,2}:\d{2}/);

      const jim = await visit('jim');
      const refused = await ask(jim, 'Who is in the movie DAT429?');
      expect(refused).toContain('There is no title matching that among the titles you may see.');
      expect(await ask(jim, 'Who is in the movie Nobody Ever Made This?')).toBe(refused);
      await jim.goto(`${base}/movies?q=star+wars`);
      expect(await jim.locator('main').textContent()).not.toContain('TV special');
      await picture(jim, 'movies');

      await admin.goto(`${base}/admin`);
      const entitlements = admin.locator('form[action$="/admin/users/jim/entitlements"]');
      if (
        (await admin
          .locator('details:has(form[action$="/admin/users/jim/entitlements"]):not([open])')
          .count()) > 0
      ) {
        await admin.locator('details:has(form[action$="/admin/users/jim/entitlements"]) > summary').click();
      }
      await entitlements.locator('input[name=title_types][value="5"]').check();
      await entitlements.getByRole('button').click();
      expect(await ask(jim, 'Who is in the movie DAT429?')).toContain('Jimbo');
    });

    test('on a phone, in the dark, and without scripts', async () => {
      const phone = await visit('test2', { viewport: { width: 360, height: 740 }, colorScheme: 'dark' });
      expect(await ask(phone, 'Which characters are in Dr. Strangelove?')).toContain('Mandrake');
      const width = await phone.evaluate<number>('document.documentElement.scrollWidth');
      expect(width).toBeLessThanOrEqual(360);
      await picture(phone, 'chat-phone-dark');

      const plain = await visit('test2', { javaScriptEnabled: false });
      await plain.goto(`${base}/chat`);
      await plain.locator('textarea[name=message]').fill('Who is in Casablanca?');
      await plain.getByRole('button', { name: 'Send' }).click();
      expect(await plain.locator('.turn').last().textContent()).toContain('Rick Blaine');
    });

    test('nothing was complained of in the console', () => {
      expect(problems).toEqual([]);
    });

    /** Asks in the chat, with the keyboard, and returns the answer once it is whole. */
    async function ask(page: Page, question: string): Promise<string> {
      if (!page.url().includes('/chat')) await page.goto(`${base}/chat`);
      const before = await page.locator('.turn').count();
      await page.locator('textarea[name=message]').fill(question);
      await page.keyboard.press('Enter');
      const turn = page.locator('.turn').nth(before);
      await turn.and(page.locator('[aria-busy="false"]')).waitFor();
      return (await turn.locator('.answer').textContent()) ?? '';
    }

    async function picture(page: Page, name: string): Promise<void> {
      if (pictures !== undefined) await page.screenshot({ path: join(pictures, `${name}.png`) });
    }
  },
);

async function choose(select: ReturnType<Page['locator']>, label: string): Promise<void> {
  const option = select.locator('option', { hasText: label }).first();
  await select.selectOption((await option.getAttribute('value')) ?? '');
}

function readyAddress(demo: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = '';
    const read = (chunk: Buffer) => {
      output += chunk;
      const address = /ready at (http:\S+)/.exec(output)?.[1];
      if (address !== undefined) resolve(address);
    };
    demo.stdout?.on('data', read);
    demo.stderr?.on('data', read);
    demo.once('exit', () => reject(new Error(`the demo ended: ${output}`)));
  });
}
