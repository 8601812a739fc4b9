// Takes the README's pictures: `npm run pictures`.
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { findChromium } from '../support/find-chromium';
import { ask } from './browser';
import { writeDat429 } from './dat429';
import { openDemo } from './demo';

const folder = process.env.MOVIE_HUB_PICTURES ?? 'docs/images';
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

  const admin = await demo.visit('admin', desk);
  await admin.goto(`${demo.base}/admin`);
  await writeDat429(admin);
  await admin.goto(`${demo.base}/admin`);
  await take(admin, 'admin');

  const vlad = await demo.visit('vlad', desk);
  await vlad.goto(`${demo.base}/movies?q=star`);
  await take(vlad, 'movies');
  await vlad.getByRole('link', { name: 'Star Wars: Episode IV - A New Hope' }).click();
  await vlad.getByRole('heading', { name: 'Cast' }).waitFor();
  await take(vlad, 'title');
  await vlad.setViewportSize({ width: 1200, height: 900 });
  await vlad.goto(`${demo.base}/chat`);
  await ask(vlad, 'Who is in the movie DAT429?');
  await vlad.locator('.step summary').first().click();
  await take(vlad, 'chat');
  await vlad.emulateMedia({ colorScheme: 'dark' });
  await take(vlad, 'chat-dark');

  const phone = await demo.visit('test2', { viewport: { width: 360, height: 740 }, colorScheme: 'dark' });
  await phone.goto(`${demo.base}/chat`);
  await ask(phone, 'Who is in the movie DAT429?');
  await take(phone, 'chat-phone-dark');
}

async function take(page: Page, name: string): Promise<void> {
  // Without a caret that blinks, and with what moves at its end.
  await page.screenshot({ path: join(folder, `${name}.png`), caret: 'hide', animations: 'disabled' });
}
