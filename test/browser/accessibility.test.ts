import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { overflowOf, violationsOf } from './browser';
import { type LocalHub, openLocalHub } from './hub';
import { everyPage, pagesModel } from './pages';

const executablePath = inject('chromium');
const screens = { desk: { width: 1440, height: 900 }, phone: { width: 360, height: 740 } };

describe.runIf(executablePath)('every page can be used by everybody', () => {
  let hub: LocalHub;
  /** One for each user: a login takes its time. */
  const pages = new Map<string, Page>();

  beforeAll(async () => {
    hub = await openLocalHub(executablePath ?? '', { model: pagesModel });
  });
  afterAll(() => hub?.close());

  const pageOf = async (user: string | undefined): Promise<Page> => {
    // Without transitions: a colour halfway between light and dark is none of the page's.
    const calm = { reducedMotion: 'reduce' } as const;
    const page =
      pages.get(user ?? '') ?? (await (user === undefined ? hub.open(calm) : hub.visit(user, calm)));
    pages.set(user ?? '', page);
    return page;
  };

  test.each(everyPage)('$name', async ({ user, path, act, shows }) => {
    const page = await pageOf(user);
    await page.setViewportSize(screens.desk);
    await page.goto(hub.base + (typeof path === 'string' ? path : await path(hub)));
    await act?.(page);
    await page.locator('main').getByText(shows).first().waitFor();
    const found: Record<string, unknown> = {};
    const expected: Record<string, unknown> = {};
    for (const [screen, size] of Object.entries(screens)) {
      await page.setViewportSize(size);
      found[`beyond the edge of the ${screen}`] = await overflowOf(page);
      expected[`beyond the edge of the ${screen}`] = { by: 0, of: [] };
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme });
        found[`${screen}, ${colorScheme}`] = await violationsOf(page);
        expected[`${screen}, ${colorScheme}`] = [];
      }
    }
    expect(found).toEqual(expected);
  });

  test('what is wrong with a page is noticed', async () => {
    const page = await pageOf('jim');
    await page.goto(`${hub.base}/movies`);
    await page.setViewportSize(screens.phone);
    await page.emulateMedia({ colorScheme: 'light' });
    expect([await overflowOf(page), await violationsOf(page)]).toEqual([{ by: 0, of: [] }, []]);
    await page.evaluate(`{
      const wide = document.createElement('p');
      wide.style.width = '400px';
      wide.style.color = '#999';
      wide.textContent = 'Hard to read';
      document.querySelector('main').append(wide);
    }`);
    expect((await overflowOf(page)).by).toBeGreaterThan(0);
    expect(await violationsOf(page)).toEqual([expect.stringMatching(/^color-contrast: /)]);
  });

  test('nothing was complained of but the answers that were refused', () => {
    const refused = hub.problems.map((each) => /status of (\d+)/.exec(each)?.[1] ?? each);
    expect(refused.sort()).toEqual(['401', '403', '404', '422', '422']);
  });
});
