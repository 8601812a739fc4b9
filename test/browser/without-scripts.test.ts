import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { PlayedModel } from '../ui/played-model';
import { type LocalHub, openLocalHub } from './hub';

const executablePath = inject('chromium');

describe.runIf(executablePath)('without scripts', () => {
  let hub: LocalHub;
  let page: Page;
  let model: PlayedModel;

  beforeAll(async () => {
    model = new PlayedModel('a-model');
    hub = await openLocalHub(executablePath ?? '', { model });
    page = await hub.visit('admin', { javaScriptEnabled: false });
  });
  afterAll(() => hub?.close());

  const main = () => page.locator('main').textContent();
  const press = (name: string) => page.getByRole('button', { name, exact: true }).click();
  const follow = (name: string) => page.getByRole('link', { name, exact: true }).click();
  const look = (title: string) => [{ toolUse: { name: 'get_movie_characters', input: { title } } }];
  const send = async (question: string) => {
    await page.getByLabel('Your question').fill(question);
    await press('Send');
  };

  test('no script runs, and what needs one is not offered', async () => {
    expect(await page.locator('.theme-switch').isVisible()).toBe(false);
    await page.goto(`${hub.base}/chat`);
    expect(await page.getByRole('button', { name: 'Stop' }).isVisible()).toBe(false);
  });

  test('one searches, filters, sorts and pages', async () => {
    await page.goto(`${hub.base}/movies`);
    await follow('Next page');
    expect(await page.locator('#results th a').count()).toBe(50);
    await follow('Previous page');
    await page.getByLabel('Search titles').fill('star');
    await page.getByLabel('Type').selectOption({ label: 'Movie' });
    await page.getByLabel('From year').fill('1978');
    await page.getByLabel('Sort by').selectOption({ label: 'Year, newest first' });
    await press('Search');
    expect(await page.locator('#results th a').allTextContents()).toEqual([
      'Star Wars: Episode VI - Return of the Jedi',
      'Star Wars: Episode V - The Empire Strikes Back',
    ]);
    expect(await page.getByLabel('From year').inputValue()).toBe('1978');
  });

  test('one opens a title and a person', async () => {
    await follow('Star Wars: Episode V - The Empire Strikes Back');
    expect(await main()).toContain('Han Solo');
    await follow('Harrison Ford');
    expect(await main()).toContain('Star Wars: Episode IV - A New Hope');
  });

  test('one asks, and gets a page with the answer and what was looked up', async () => {
    await follow('Chat');
    model.play(look('Casablanca'), 'Rick is played by **Humphrey Bogart** in Casablanca.');
    await press('Who is in The Godfather?');
    expect(page.url()).toMatch(/thread=.*#turn-/);
    expect(await page.locator('.answer strong').textContent()).toBe('Humphrey Bogart');
    expect(await page.locator('.answer a').textContent()).toBe('Casablanca');
    // A fold is the browser's own.
    await page.locator('.step summary').click();
    expect(await page.locator('.step').textContent()).toContain('Rick Blaine');
    expect(await page.getByRole('button', { name: 'Copy' }).isVisible()).toBe(false);
    model.play('And again.');
    await send('And?');
    expect(await page.locator('.question').count()).toBe(2);
  });

  test('a question can be retried after an error, and a refusal says why', async () => {
    model.play(new Error('no such model'));
    await send('Why?');
    expect(await page.getByRole('alert').first().textContent()).toBe(
      'The model failed or could not be reached. Try again.',
    );
    model.play('Because.');
    await press('Try again');
    expect(await page.locator('.turn').last().textContent()).toContain('Because.');
    expect(await page.locator('.question').allTextContents()).toEqual(
      ['Who is in The Godfather?', 'And?', 'Why?', 'Why?'].map((each) => `You asked: ${each}`),
    );
    await send('  ');
    expect(await page.locator('#composer-problem').textContent()).not.toBe('');
  });

  test('one begins a new chat, finds the earlier one, and deletes it', async () => {
    await press('New chat');
    expect(await page.locator('.turn').count()).toBe(0);
    await page.locator('.threads summary').click();
    await follow('Who is in The Godfather?');
    expect(await page.locator('.turn').count()).toBe(4);
    await page.locator('.threads summary').click();
    await page.getByRole('button', { name: 'Delete the chat: Who is in The Godfather?' }).click();
    expect(await page.locator('.turn').count()).toBe(0);
    expect(await page.getByText('Your chats').count()).toBe(0);
  });

  test('an administrator creates a title and casts it', async () => {
    await follow('Admin');
    await follow('Titles');
    await follow('New title');
    await page.getByLabel('Title', { exact: true }).fill('Written Without Scripts');
    await press('Create title');
    expect(await page.getByRole('alert').textContent()).toContain('Not saved');
    expect(await page.getByLabel('Title', { exact: true }).inputValue()).toBe('Written Without Scripts');
    await page.getByLabel('Type').selectOption({ label: 'TV movie' });
    await press('Create title');
    await page.getByLabel('Person', { exact: true }).fill('Humphrey Bogart');
    await press('Search');
    await page.locator('#picker').getByLabel('Humphrey Bogart').check();
    await page.getByLabel('Character').fill('The Clerk');
    await press('Add to the cast');
    await follow('View page');
    expect(await main()).toMatch(/Humphrey Bogart\s+The Clerk/);
  });

  test('one logs out', async () => {
    await press('Log out');
    expect(new URL(page.url()).pathname).toBe('/login');
    await page.goto(`${hub.base}/movies`);
    expect(new URL(page.url()).pathname).toBe('/login');
    const refused = hub.problems.map((each) => /status of (\d+)/.exec(each)?.[1] ?? each);
    expect(refused.sort()).toEqual(['422', '422']);
  });
});
