import type { Page } from 'playwright-core';
import { PlayedModel } from '../ui/played-model';
import { ask } from './browser';
import type { LocalHub } from './hub';

/** Speaks in the chats of {@link everyPage}. */
export const pagesModel = new PlayedModel('a-model');

/** One state of one page of the hub. */
export interface PageState {
  readonly name: string;
  /** Who looks at it; nobody who is signed in unless given. */
  readonly user?: 'jim' | 'vlad' | 'admin';
  /** Where it begins. */
  readonly path: string | ((hub: LocalHub) => Promise<string>);
  /** What is done there until it is in this state. */
  readonly act?: (page: Page) => Promise<unknown>;
  /** A text that stands on it: it is the page that is meant. */
  readonly shows: string;
}

/** Every page, in every state that looks different. Each chat begins with a thread of its own. */
export const everyPage: readonly PageState[] = [
  { name: 'login', path: '/login', shows: 'Demo accounts' },
  { name: 'login, refused', path: '/login', act: refuseLogin, shows: 'Wrong user name or password.' },
  { name: 'chat, empty', user: 'jim', path: '/chat', shows: 'Ask about movies' },
  { name: 'chat, with an answer', user: 'jim', path: '/chat', act: answer, shows: 'Ward Bond' },
  { name: 'chat, after an error', user: 'jim', path: '/chat', act: fail, shows: 'The model failed' },
  { name: 'chat, while it answers', user: 'jim', path: '/chat', act: stall, shows: 'So far' },
  { name: 'chat, stopped', user: 'jim', path: '/chat', act: stop, shows: 'You stopped this answer.' },
  { name: 'chat, refused', user: 'jim', path: '/chat', act: refuseQuestion, shows: 'characters' },
  { name: 'movies', user: 'vlad', path: '/movies', shows: 'Next page' },
  {
    name: 'movies, filtered',
    user: 'vlad',
    path: '/movies?q=star&type=movie&from=1970',
    shows: '3 titles match',
  },
  { name: 'movies, nothing found', user: 'vlad', path: '/movies?q=zzzz&genre=War', shows: 'No titles match' },
  { name: 'title', user: 'vlad', path: titlePath('/movies', 'The Godfather'), shows: 'Al Pacino' },
  { name: 'series', user: 'vlad', path: titlePath('/movies', 'Star Trek'), shows: 'Episodes' },
  { name: 'person', user: 'vlad', path: '/movies?q=casablanca', act: openPerson, shows: 'Part' },
  { name: 'account', user: 'vlad', path: '/account', shows: 'Change your password' },
  { name: 'not found', user: 'jim', path: '/movies/999999999', shows: 'There is no such title' },
  { name: 'forbidden', user: 'jim', path: '/admin', shows: 'This page is for administrators.' },
  { name: 'admin', user: 'admin', path: '/admin', shows: 'What users can see' },
  { name: 'admin, titles', user: 'admin', path: '/admin/titles', shows: 'Older titles' },
  {
    name: 'admin, titles, nothing found',
    user: 'admin',
    path: '/admin/titles?q=zzzz',
    shows: 'No titles match',
  },
  { name: 'admin, new title', user: 'admin', path: '/admin/titles/new', shows: 'Create title' },
  {
    name: 'admin, new title, refused',
    user: 'admin',
    path: '/admin/titles/new',
    act: (page) => page.getByRole('button', { name: 'Create title' }).click(),
    shows: 'Not saved',
  },
  {
    name: 'admin, title',
    user: 'admin',
    path: titlePath('/admin/titles', 'Casablanca'),
    act: findPart,
    shows: 'Choose the person',
  },
  {
    name: 'admin, title, delete',
    user: 'admin',
    path: titlePath('/admin/titles', 'Casablanca', '/delete'),
    shows: 'This also deletes',
  },
  { name: 'admin, people', user: 'admin', path: '/admin/people', shows: 'New person' },
  { name: 'admin, new person', user: 'admin', path: '/admin/people/new', shows: 'Create person' },
  { name: 'admin, person', user: 'admin', path: '/admin/people?q=bogart', act: openFirst, shows: 'Save' },
  { name: 'admin, users', user: 'admin', path: '/admin/users', shows: 'Create a user' },
  { name: 'admin, user', user: 'admin', path: '/admin/users/jim', shows: 'Log out everywhere' },
  {
    name: 'admin, new password',
    user: 'admin',
    path: '/admin/users/test2',
    act: (page) => page.getByRole('button', { name: 'Create new password' }).click(),
    shows: 'It is shown only once',
  },
  { name: 'admin, audit', user: 'admin', path: '/admin/audit', shows: 'user' },
  { name: 'admin, audit of tools', user: 'admin', path: '/admin/audit?tab=tools', shows: 'failed' },
];

function titlePath(before: string, title: string, after = '') {
  return async (hub: LocalHub) => `${before}/${await hub.titleId(title)}${after}`;
}

async function refuseLogin(page: Page): Promise<void> {
  await page.getByLabel('User name').fill('jim');
  await page.getByLabel('Password').fill('wrong');
  await page.getByRole('button', { name: 'Log in' }).click();
}

const longAnswer = `From **Casablanca**:

| Character | Actor |
|---|---:|
| Rick Blaine | Humphrey Bogart |
| A name that is longer than any other name of the table | Ward Bond |

1. One
2. Two \`inline\`

> Here is looking at you, kid.

\`\`\`sql
SELECT title_id, primary_title, start_year FROM movie_hub.titles WHERE primary_title = 'Casablanca';
\`\`\`

AWordWithoutAnyPlaceToBreakIt${'AndEvenLonger'.repeat(10)}`;

/** With tables, code, links, steps that are open, two of which failed, and the list of chats. */
async function answer(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'New chat' }).click();
  const calls = [
    { toolUse: { name: 'get_movie_characters', input: { title: 'Casablanca' } } },
    { toolUse: { name: 'get_movie_characters', input: { name: 'of no such argument' } } },
    { toolUse: { name: 'get_current_time', input: { timezone: 'Nowhere/Here' } } },
  ];
  pagesModel.play(calls, longAnswer);
  await ask(page, 'Who is in Casablanca?');
  // The list of chats comes with the page.
  await page.reload();
  for (const fold of await page.locator('main summary').all()) await fold.click();
}

async function fail(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'New chat' }).click();
  pagesModel.play(new Error('no such model'));
  await ask(page, 'Who is it?');
}

async function stall(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'New chat' }).click();
  pagesModel.play({ content: [{ text: ['So far'] }], fault: 'stall' });
  await page.locator('textarea').fill('Who is it?');
  await page.keyboard.press('Enter');
  await page.getByText('So far').waitFor();
}

async function stop(page: Page): Promise<void> {
  await stall(page);
  await page.getByRole('button', { name: 'Stop' }).click();
  await page.locator('[data-retry]').waitFor();
}

async function refuseQuestion(page: Page): Promise<void> {
  await page.locator('textarea').evaluate((field) => field.removeAttribute('maxlength'));
  await page.locator('textarea').fill('Who? '.repeat(5000));
  await page.keyboard.press('Enter');
  await page.locator('#composer-problem:not(:empty)').waitFor();
}

async function openPerson(page: Page): Promise<void> {
  await page.getByRole('link', { name: 'Casablanca' }).click();
  await page.getByRole('link', { name: 'Humphrey Bogart' }).click();
}

async function findPart(page: Page): Promise<void> {
  await page.getByLabel('Person', { exact: true }).fill('peter');
  await page.locator('#picker input[type=radio]').first().waitFor();
}

function openFirst(page: Page): Promise<void> {
  return page.locator('table a').first().click();
}
