import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { ask } from './browser';
import { type LocalHub, openLocalHub } from './hub';

const executablePath = inject('chromium');
/** A title that only one of them may see. */
const special = 'The Star Wars Holiday Special';
const refusal = 'There is no title matching that among the titles you may see.';

describe.runIf(executablePath)('two users side by side, in two browsers', () => {
  let hub: LocalHub;
  let jim: Page;
  let vlad: Page;
  let admin: Page;

  beforeAll(async () => {
    hub = await openLocalHub(executablePath ?? '');
    [jim, vlad, admin] = [await hub.visit('jim'), await hub.visit('vlad'), await hub.visit('admin')];
  });
  afterAll(() => hub?.close());

  const see = async (page: Page, path: string) => {
    await page.goto(hub.base + path);
    return (await page.locator('main').textContent()) ?? '';
  };
  /** What a link of a page gives, with the session of that page. */
  const fetched = async (page: Page, path: string) => (await page.request.get(hub.base + path)).text();
  const entitle = async (labels: Record<string, boolean>) => {
    await admin.goto(`${hub.base}/admin/users/jim`);
    for (const [label, isOn] of Object.entries(labels))
      await admin.getByLabel(label, { exact: true }).setChecked(isOn);
    await admin.getByRole('button', { name: 'Save', exact: true }).click();
    await admin.getByRole('status').waitFor();
  };

  const places: readonly (readonly [string, (page: Page) => Promise<string>])[] = [
    ['the list', (page) => see(page, '/movies?sort=title&type=tvSpecial')],
    ['the search', (page) => see(page, '/movies?q=holiday')],
    ['the search as one types', (page) => typed(page, 'holiday')],
    ['the file', (page) => fetched(page, '/movies.csv?q=holiday')],
    ['the page of the title', async (page) => see(page, `/movies/${await hub.titleId(special)}`)],
    ['the page of a person', async (page) => see(page, await personPath('Mark Hamill'))],
  ];

  test.each(places)('%s shows users what they may see', async (_, look) => {
    const [ofJim, ofVlad] = await Promise.all([look(jim), look(vlad)]);
    expect(ofVlad).toContain(special);
    expect(ofJim).not.toContain(special);
  });

  test('a title that one may not see looks like none', async () => {
    const hidden = await see(jim, `/movies/${await hub.titleId(special)}`);
    const withoutRequest = (text: string) => text.replace(/Request \S+/, '');
    expect(withoutRequest(hidden)).toBe(withoutRequest(await see(jim, '/movies/999999999')));
    expect(hub.problems.splice(0).every((each) => each.includes('404'))).toBe(true);
  });

  test('they ask the same question, and get answers from what they may see', async () => {
    await Promise.all([jim, vlad].map((page) => page.goto(`${hub.base}/chat`)));
    // Nothing that jim may see has a name like it, so there is nothing to suggest.
    const question = 'Who is in Chernobyl?';
    const [ofJim, ofVlad] = await Promise.all([ask(jim, question), ask(vlad, question)]);
    expect(ofVlad).toContain('Jared Harris');
    expect(ofJim).toContain(refusal);
    expect(await ask(jim, 'Who is in Nobody Ever Made This?')).toBe(ofJim);
    expect(await ask(jim, 'Who is in Casablanca?')).toContain('Rick Blaine');
    // Nor does either see what the other asked.
    expect(await see(jim, vlad.url().slice(hub.base.length))).toContain('There is no such chat.');
    expect(hub.problems.splice(0)).toEqual([expect.stringContaining('404')]);
  });

  test('after the administrator allows it, the next click and question show it', async () => {
    await jim.goto(`${hub.base}/movies`);
    await entitle({ 'TV special': true });
    await jim.getByLabel('Search titles').fill('holiday');
    await jim.getByRole('link', { name: special }).click();
    await jim.getByRole('heading', { name: special }).waitFor();
    await jim.goto(`${hub.base}/chat`);
    expect(await ask(jim, `Who is in ${special}?`)).toContain('Mark Hamill');
  });

  test('once it is taken away, they obey too, and what was answered under it is gone', async () => {
    expect(await jim.locator('.turns').textContent()).toContain('Mark Hamill');
    const before = await jim.locator('.turn').count();
    await entitle({ 'TV special': false });
    expect(await ask(jim, `Who is in ${special}?`)).toContain(refusal);
    await jim.reload();
    expect(await jim.locator('.turns').textContent()).not.toContain('Mark Hamill');
    expect(await jim.locator('.turns').textContent()).toContain('Rick Blaine');
    expect(await jim.locator('.turn').count()).toBe(before);
    expect(await see(jim, '/movies?q=holiday')).not.toContain(special);
    // Vlad's stay as they were.
    await vlad.reload();
    expect(await vlad.locator('.turns').textContent()).toContain('Jared Harris');
  });

  test('a user without title types sees a message and no titles', async () => {
    await entitle({ Movie: false });
    expect(await see(jim, '/movies')).toContain('No titles to show');
    await jim.goto(`${hub.base}/chat`);
    expect(await jim.locator('main').textContent()).not.toContain('Rick Blaine');
    expect(await ask(jim, 'Who is in Casablanca?')).toContain(refusal);
    await entitle({ Movie: true });
    expect(await see(jim, '/movies')).toContain('The Godfather');
  });

  test('a disabled user is logged out at the next click on any page', async () => {
    await jim.goto(`${hub.base}/chat`);
    const other = await hub.visit('jim');
    await other.goto(`${hub.base}/movies`);
    await admin.goto(`${hub.base}/admin/users/jim`);
    await admin.getByRole('button', { name: 'Disable' }).click();
    await admin.getByText('Cannot log in.').waitFor();
    await jim.locator('textarea').fill('Who is in Casablanca?');
    await jim.keyboard.press('Enter');
    await jim.getByLabel('User name').waitFor();
    await other.getByLabel('Search titles').fill('holiday');
    await other.getByLabel('User name').waitFor();
    await other.getByLabel('User name').fill('jim');
    await other.getByLabel('Password').fill('jim-demo');
    await other.getByRole('button', { name: 'Log in' }).click();
    await other.getByRole('alert').waitFor();
    expect(await see(vlad, '/movies')).toContain('The Godfather');
    expect(hub.problems.splice(0)).toEqual([expect.stringContaining('401')]);
  });

  async function typed(page: Page, words: string): Promise<string> {
    await page.goto(`${hub.base}/movies`);
    await page.getByLabel('Search titles').fill(words);
    await page.waitForURL(/q=/);
    return (await page.locator('#results').textContent()) ?? '';
  }

  async function personPath(name: string): Promise<string> {
    const found = await hub.db.admin.query<{ name_id: number }>(
      'SELECT name_id FROM movie_hub.names WHERE primary_name = $1',
      [name],
    );
    return `/people/${found.rows[0]?.name_id}`;
  }
});
