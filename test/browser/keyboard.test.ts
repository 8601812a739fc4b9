import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, test, vi } from 'vitest';
import { type LocalHub, openLocalHub } from './hub';

const executablePath = inject('chromium');

describe.runIf(executablePath)('by keyboard alone', () => {
  let hub: LocalHub;
  let page: Page;

  beforeAll(async () => {
    hub = await openLocalHub(executablePath ?? '');
    page = await hub.open();
  });
  afterAll(() => hub?.close());

  test('one logs in', async () => {
    await page.goto(hub.base);
    expect(await focused(page)).toBe('username');
    await page.keyboard.type('vlad');
    await page.keyboard.press('Tab');
    await page.keyboard.type('vlad-demo');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Movies' }).waitFor();
  });

  test('one skips to the content, or walks through the navigation', async () => {
    const walked: string[] = [];
    for (let i = 0; i < 7; i += 1) {
      await page.keyboard.press('Tab');
      walked.push(await focused(page));
      expect(await isInSight(page), `${walked.at(-1)} is in sight`).toBe(true);
    }
    expect(walked).toEqual([
      'Skip to content',
      'Movie Hub',
      'Chat',
      'Movies',
      'Dark mode',
      'vlad',
      'Log out',
    ]);
    for (let i = 0; i < 6; i += 1) await page.keyboard.press('Shift+Tab');
    await page.keyboard.press('Enter');
    expect(await focused(page)).toBe('main');
    await page.keyboard.press('Tab');
    expect(await focused(page)).toBe('Search titles');
  });

  test('one searches, and opens a title', async () => {
    await page.keyboard.type('casablanca');
    await page.getByText('1 title matches').first().waitFor();
    expect(await focused(page)).toBe('Search titles');
    await tabTo(page, 'Casablanca');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Casablanca' }).waitFor();
  });

  test('one goes to the chat, where the field is ready', async () => {
    await tabTo(page, 'Chat');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Chat' }).waitFor();
    await vi.waitFor(async () => expect(await focused(page)).toBe('Your question'));
  });

  test('Shift and Enter break the line, and Enter takes a suggestion while a text is composed', async () => {
    await page.keyboard.type('Who is in');
    await page.keyboard.press('Shift+Enter');
    await page.keyboard.type('Casablanca?');
    const field = page.locator('textarea');
    const type = 'keydown';
    for (const given of [{ isComposing: true }, { keyCode: 229 }]) {
      await field.dispatchEvent(type, { key: 'Enter', bubbles: true, cancelable: true, ...given });
    }
    expect(await field.inputValue()).toBe('Who is in\nCasablanca?');
    expect(await page.locator('.turn').count()).toBe(0);
    // The same event by itself sends.
    await field.dispatchEvent(type, { key: 'Enter', bubbles: true, cancelable: true });
    await page.locator('.turn').waitFor();
    expect(await page.locator('.question').textContent()).toContain('Who is in\nCasablanca?');
  });

  test('the field has the focus while the answer comes and after it, and the end is in sight', async () => {
    expect(await focused(page)).toBe('Your question');
    await page.locator('.turn[aria-busy=false]').waitFor();
    expect(await page.locator('#chat-status').textContent()).toBe('Answer ready.');
    expect(await focused(page)).toBe('Your question');
    expect(await field(page).inputValue()).toBe('');
    for (const place of [1, 2]) {
      await page.keyboard.type('Who is in The Godfather?');
      await page.keyboard.press('Enter');
      await page.locator('.turn').nth(place).and(page.locator('[aria-busy=false]')).waitFor();
    }
    expect(await page.locator('.turn').count()).toBe(3);
    const end = await page.locator('.turn-foot').last().boundingBox();
    const composer = await page.locator('.chat-foot').boundingBox();
    expect((end?.y ?? 0) + (end?.height ?? 0)).toBeLessThanOrEqual((composer?.y ?? 0) + 1);
  });

  test('Enter without a question asks nothing', async () => {
    await page.keyboard.press('Enter');
    await page.keyboard.type('  ');
    await page.keyboard.press('Enter');
    expect(await page.locator('.turn').count()).toBe(3);
    await field(page).fill('');
  });

  test('one opens what a step found, never under the composer', async () => {
    let step = '';
    for (let i = 0; i < 40 && !step.startsWith('get_movie_characters'); i += 1) {
      await page.keyboard.press('Shift+Tab');
      step = await focused(page);
      expect(await isInSight(page), `${step} is in sight`).toBe(true);
    }
    const opened = page.locator('details.step[open]');
    expect(await opened.count()).toBe(0);
    await page.keyboard.press('Enter');
    expect(await opened.count()).toBe(1);
    expect(await opened.locator('table').last().isVisible()).toBe(true);
    await page.keyboard.press('Tab');
    expect(await isInSight(page)).toBe(true);
  });

  test('one begins a new chat with a question on offer', async () => {
    await tabTo(page, 'New chat');
    await page.keyboard.press('Enter');
    await page.locator('.starters').waitFor();
    await tabTo(page, 'Who is in The Godfather?');
    await page.keyboard.press('Enter');
    await page.locator('.turn[aria-busy=false]').waitFor();
    expect(await page.locator('.answer').textContent()).toContain('Michael Corleone');
    expect(await focused(page)).toBe('Your question');
  });

  test('one logs out', async () => {
    await tabTo(page, 'Log out');
    await page.keyboard.press('Enter');
    await page.getByLabel('User name').waitFor();
    expect(hub.problems).toEqual([]);
  });
});

const field = (page: Page) => page.locator('textarea');

/** The name of what has the focus, as it is read out; its id where it has none. */
function focused(page: Page): Promise<string> {
  return page.evaluate(`(() => {
    const { activeElement: it } = document;
    const text = it.matches('a, button, summary') ? it.textContent : '';
    const name = it.getAttribute('aria-label') || text || (it.matches('textarea') && it.labels[0].textContent) || it.id;
    return name.trim().replace(/\\s+/g, ' ');
  })()`);
}

/** Whether what has the focus can be seen: in the window, and under nothing else. */
function isInSight(page: Page): Promise<boolean> {
  return page.evaluate(`(() => {
    const it = document.activeElement;
    const box = it.getBoundingClientRect();
    const top = document.elementFromPoint(box.x + box.width / 2, box.y + Math.min(box.height / 2, 10));
    return top !== null && (it.contains(top) || top.contains(it));
  })()`);
}

async function tabTo(page: Page, name: string): Promise<void> {
  for (let i = 0; i < 60; i += 1) {
    await page.keyboard.press('Tab');
    if ((await focused(page)) === name) return;
  }
  throw new Error(`the keyboard does not lead to ${name}`);
}
