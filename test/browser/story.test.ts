import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { ask, overflowOf } from './browser';
import { writeDat429 } from './dat429';
import { type Demo, openDemo } from './demo';

const executablePath = inject('chromium');

describe.runIf(executablePath)(
  'the story in a browser, with the demo as it is started by its command',
  () => {
    let demo: Demo;

    beforeAll(async () => {
      demo = await openDemo(executablePath ?? '');
    });
    afterAll(() => demo?.close());

    const visit = async (user: string, path: string, options?: Parameters<Demo['visit']>[1]) => {
      const page = await demo.visit(user, options);
      await page.goto(demo.base + path);
      return page;
    };

    test('from the admin who writes a row to the answer that holds it', async () => {
      const admin = await visit('admin', '/admin');
      await writeDat429(admin);

      const vlad = await visit('vlad', '/chat');
      const answer = await ask(vlad, 'Who is in the movie DAT429?');
      expect(answer).toMatch(/Jim .*Jimbo/s);
      expect(answer).toMatch(/Vlad .*Mr\. Vlad/s);
      expect(await ask(vlad, 'What time is it in Tokyo?')).toMatch(/\d{1,2}:\d{2}/);

      const jim = await visit('jim', '/chat');
      const refused = await ask(jim, 'Who is in the movie DAT429?');
      expect(refused).toContain('There is no title matching that among the titles you may see.');
      expect(await ask(jim, 'Who is in the movie Nobody Ever Made This?')).toBe(refused);
      await jim.goto(`${demo.base}/movies?q=star+wars`);
      expect(await jim.locator('main').textContent()).not.toContain('TV special');

      await admin.goto(`${demo.base}/admin`);
      const entitlements = admin.locator('form[action$="/admin/users/jim/entitlements"]');
      await entitlements.getByLabel('TV movie').check();
      await entitlements.getByRole('button').click();
      await admin.getByRole('status').waitFor();
      await jim.goto(`${demo.base}/chat`);
      expect(await ask(jim, 'Who is in the movie DAT429?')).toContain('Jimbo');
    });

    test('on a phone, in the dark, and without scripts', async () => {
      const phone = await visit('test2', '/chat', {
        viewport: { width: 360, height: 740 },
        colorScheme: 'dark',
      });
      expect(await ask(phone, 'Which characters are in Dr. Strangelove?')).toContain('Mandrake');
      expect(await overflowOf(phone)).toEqual({ by: 0, of: [] });

      const plain = await visit('test2', '/chat', { javaScriptEnabled: false });
      await plain.getByLabel('Your question').fill('Who is in Casablanca?');
      await plain.getByRole('button', { name: 'Send' }).click();
      expect(await plain.locator('.turn').last().textContent()).toContain('Rick Blaine');
    });

    test('nothing was complained of in the console', () => {
      expect(demo.problems).toEqual([]);
    });
  },
);
