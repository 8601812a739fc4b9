import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { type LocalHub, openLocalHub } from './hub';

const executablePath = inject('chromium');
const light = 'rgb(255, 255, 255)';
const dark = 'rgb(19, 23, 31)';

describe.runIf(executablePath)('light and dark', () => {
  let hub: LocalHub;

  beforeAll(async () => {
    hub = await openLocalHub(executablePath ?? '');
  });
  afterAll(() => hub?.close());

  const schemes = [
    { system: 'light', is: light, other: dark, offers: 'Dark mode', chosen: 'dark' },
    { system: 'dark', is: dark, other: light, offers: 'Light mode', chosen: 'light' },
  ] as const;

  test.each(schemes)('where the system is $system', async ({ system, is, other, offers, chosen }) => {
    const page = await hub.visit('jim', { colorScheme: system, reducedMotion: 'reduce' });
    expect(await background(page)).toBe(is);
    expect(await page.locator('html').getAttribute('data-theme')).toBeNull();
    const button = page.locator('.theme-switch');
    expect(await button.textContent()).toBe(offers);

    await button.click();
    expect(await background(page)).toBe(other);
    expect(await button.textContent()).not.toBe(offers);
    await page.reload();
    expect(await background(page)).toBe(other);

    // The page comes in it from the server, so that there is no flash of the other.
    const body = await (await page.request.get(`${hub.base}/movies`)).text();
    expect(body).toContain(`<html lang="en" data-theme="${chosen}">`);
    expect(body).toContain(`<meta name="color-scheme" content="${chosen}">`);
    await page.emulateMedia({ colorScheme: chosen });
    expect(await background(page)).toBe(other);

    await button.click();
    expect(await background(page)).toBe(is);
    await page.getByRole('button', { name: 'Log out' }).click();
    await page.getByLabel('User name').waitFor();
    expect(await background(page)).toBe(is);
  });

  test('without a choice the page follows the system while it is open', async () => {
    const page = await hub.visit('jim', { colorScheme: 'light', reducedMotion: 'reduce' });
    expect(await background(page)).toBe(light);
    await page.emulateMedia({ colorScheme: 'dark' });
    expect(await background(page)).toBe(dark);
    expect(await page.locator('.theme-switch').textContent()).toBe('Light mode');
    expect(hub.problems).toEqual([]);
  });
});

function background(page: Page): Promise<string> {
  return page.evaluate('getComputedStyle(document.documentElement).backgroundColor');
}
