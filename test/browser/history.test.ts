import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, test, vi } from 'vitest';
import { ask } from './browser';
import { type Demo, openDemo } from './demo';

const executablePath = inject('chromium');

/** What the list of titles shows, and the form above it. */
function listOf(page: Page) {
  return page.evaluate<{ path: string; form: Record<string, string>; titles: string[] }>(`({
    path: location.pathname + location.search,
    form: Object.fromEntries([...new FormData(document.querySelector('.title-filters'))].filter(([, value]) => value !== '')),
    titles: [...document.querySelectorAll('#results th a')].map((link) => link.textContent),
  })`);
}

describe.runIf(executablePath)('the address of every state', () => {
  let demo: Demo;
  let vlad: Page;

  beforeAll(async () => {
    demo = await openDemo(executablePath ?? '');
    vlad = await demo.visit('vlad');
  });
  afterAll(() => demo?.close());

  const listAt = async (page: Page, path: string) => {
    // The address changes with what is shown, but for Back and Forward.
    await vi.waitFor(async () => expect((await listOf(page)).path).toBe(path));
    return listOf(page);
  };
  const becomes = (page: Page, list: Awaited<ReturnType<typeof listOf>>) =>
    vi.waitFor(async () => expect(await listOf(page)).toEqual(list));

  test('is in the list of titles that of its words, filters and order, and Back leads through them', async () => {
    await vlad.goto(`${demo.base}/movies`);
    const all = await listAt(vlad, '/movies');
    expect(all.titles.length).toBe(50);
    await vlad.getByLabel('Search titles').pressSequentially('star', { delay: 60 });
    const searched = await listAt(vlad, '/movies?q=star');
    expect(searched.titles).toContain('Star Trek');
    await vlad.getByLabel('Type').selectOption('movie');
    const filtered = await listAt(vlad, '/movies?q=star&type=movie');
    expect(filtered.titles).not.toContain('Star Trek');
    await vlad.getByLabel('Sort by').selectOption('year');
    const sorted = await listAt(vlad, '/movies?q=star&type=movie&sort=year');
    expect(sorted.titles[0]).toBe('Star Wars: Episode VI - Return of the Jedi');
    await vlad.getByRole('link', { name: 'Star Wars: Episode IV' }).click();
    await vlad.getByRole('heading', { name: 'Cast' }).waitFor();

    for (const before of [sorted, filtered, searched, all]) {
      await vlad.goBack();
      await becomes(vlad, before);
    }
    for (const after of [searched, filtered, sorted]) {
      await vlad.goForward();
      await becomes(vlad, after);
    }
    await vlad.goForward();
    await vlad.getByRole('heading', { name: 'Cast' }).waitFor();
  });

  test('can be handed on: the same list for who may see the same', async () => {
    const path = '/movies?q=star&type=movie&sort=year';
    await vlad.goto(demo.base + path);
    const test2 = await demo.visit('test2');
    await test2.goto(demo.base + path);
    expect(await listOf(test2)).toEqual({ ...(await listOf(vlad)), path });
    await test2.goto(`${demo.base}/movies?q=star`);
    await vlad.goto(`${demo.base}/movies?q=star`);
    expect((await listOf(vlad)).titles).toContain('Star Trek');
    expect((await listOf(test2)).titles).not.toContain('Star Trek');
  });

  test('pages on and back', async () => {
    await vlad.goto(`${demo.base}/movies?sort=title`);
    const first = await listOf(vlad);
    await vlad.getByRole('link', { name: 'Next page' }).click();
    await vlad.waitForURL(/after=/);
    const second = await listOf(vlad);
    expect(second.titles).not.toContain(first.titles[0]);
    await vlad.getByRole('link', { name: 'Previous page' }).click();
    await vlad.waitForURL((url) => !url.search.includes('after='));
    expect((await listOf(vlad)).titles).toEqual(first.titles);
    await vlad.goBack();
    expect((await listOf(vlad)).titles).toEqual(second.titles);
  });

  test('is that of a chat from its first question on, and Back leads to the chat before', async () => {
    await vlad.goto(`${demo.base}/chat`);
    expect(vlad.url()).toBe(`${demo.base}/chat`);
    await ask(vlad, 'Who is in Casablanca?');
    const first = vlad.url();
    expect(first).toMatch(/\/chat\?thread=[0-9a-f-]+$/);
    await vlad.getByRole('button', { name: 'New chat' }).click();
    await vlad.waitForURL((url) => url.href !== first);
    await ask(vlad, 'What time is it in Tokyo?');
    const second = vlad.url();
    await vlad.goBack();
    await vlad.waitForURL(first);
    expect(await vlad.locator('.question').allTextContents()).toEqual(['You asked: Who is in Casablanca?']);
    await ask(vlad, 'Who is in The Godfather?');
    expect(vlad.url()).toBe(first);
    await vlad.goForward();
    await vlad.waitForURL(second);
    expect(await vlad.locator('.question').allTextContents()).toEqual([
      'You asked: What time is it in Tokyo?',
    ]);
    await vlad.locator('.threads summary').click();
    await vlad.locator('.threads').getByRole('link', { name: 'Who is in Casablanca?' }).click();
    await vlad.waitForURL(first);
    expect(await vlad.locator('.turn').count()).toBe(2);
    expect(await vlad.locator('.threads [aria-current]').textContent()).toBe('Who is in Casablanca?');
  });

  test('is the same after a restart of the server, with the session and all that was said', async () => {
    const before = await vlad.locator('.turns').textContent();
    expect(before).toContain('Rick Blaine');
    await demo.restart();
    await vlad.reload();
    expect(await vlad.locator('.turns').textContent()).toBe(before);
    await ask(vlad, 'Who is in Dr. Strangelove?');
    expect(await vlad.locator('.turn').count()).toBe(3);
  });

  test('leads back to it through the login, which Back does not show again', async () => {
    const jim = await demo.open();
    await jim.goto(`${demo.base}/movies?q=godfather`);
    await jim.getByLabel('User name').fill('jim');
    await jim.getByLabel('Password').fill('jim-demo');
    await jim.keyboard.press('Enter');
    await jim.waitForURL(`${demo.base}/movies?q=godfather`);
    await jim.getByRole('link', { name: 'The Godfather', exact: true }).click();
    await jim.getByRole('heading', { name: 'Cast' }).waitFor();
    await jim.goBack();
    expect((await listOf(jim)).form).toEqual({ q: 'godfather' });
    await jim.goBack();
    await jim.waitForURL(/\/movies/);
    expect(await jim.getByLabel('Password').count()).toBe(0);
  });

  test('shows nothing any more after the way out', async () => {
    const jim = await demo.visit('jim');
    await jim.goto(`${demo.base}/chat`);
    await ask(jim, 'Who is in Casablanca?');
    await jim.getByRole('button', { name: 'Log out' }).click();
    await jim.getByLabel('User name').waitFor();
    await jim.goBack();
    await jim.getByLabel('User name').waitFor();
    expect(await jim.locator('body').textContent()).not.toContain('Rick Blaine');
    expect(demo.problems).toEqual([]);
  });
});
