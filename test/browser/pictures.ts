// Takes the README's pictures: `npm run pictures`.
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { findChromium } from '../support/find-chromium';
import { ask } from './browser';
import { openDemo } from './demo';

const folder = process.env.MOVIE_HUB_PICTURES ?? 'docs/images';
const phone = { viewport: { width: 360, height: 740 } };
const desk = { viewport: { width: 1200, height: 800 } };

const executablePath = findChromium();
if (executablePath === undefined)
  throw new Error('Pictures need Chromium (Debian: apt-get install chromium).');
const demo = await openDemo(executablePath);
try {
  await takeAll();
} finally {
  await demo.close();
}

async function takeAll(): Promise<void> {
  const stranger = await demo.open(desk);
  await stranger.goto(`${demo.base}/login`);
  await take(stranger, 'login');

  const vlad = await demo.visit('vlad', desk);
  await vlad.goto(`${demo.base}/movies?q=star`);
  await take(vlad, 'movies');
  await vlad.getByRole('link', { name: 'Star Wars: Episode IV - A New Hope' }).click();
  await vlad.getByRole('heading', { name: 'Cast' }).waitFor();
  await take(vlad, 'title');

  await vlad.goto(`${demo.base}/chat`);
  await ask(vlad, 'Which roles did Peter Sellers play in Dr. Strangelove?');
  await vlad.locator('.step summary').first().click();
  await take(vlad, 'chat');
  await vlad.emulateMedia({ colorScheme: 'dark' });
  await take(vlad, 'chat-dark');

  const jim = await demo.visit('jim', { ...phone, colorScheme: 'dark' });
  await jim.goto(`${demo.base}/chat`);
  await ask(jim, 'Who is in Casablanca?');
  await take(jim, 'chat-phone-dark');

  const admin = await demo.visit('admin', desk);
  await admin.goto(`${demo.base}/admin`);
  await take(admin, 'admin');
}

async function take(page: Page, name: string): Promise<void> {
  // Without a caret that blinks, and as whoever has just come sees it.
  await page.screenshot({ path: join(folder, `${name}.png`), caret: 'hide' });
}
