import type { Locator, Page } from 'playwright-core';

/** Writes a title that no model was trained on, with two people in it, as an administrator does on the page for that. */
export async function writeDat429(admin: Page): Promise<void> {
  const titles = admin.locator('form[action$="/admin/titles"]');
  await titles.getByLabel('Title', { exact: true }).fill('DAT429: Coding an MCP Server');
  await titles.getByLabel('Type').selectOption({ label: 'TV movie' });
  await titles.getByLabel('Year').fill('2025');
  await titles.getByRole('button').click();
  for (const [person, character] of [
    ['Jim', 'Jimbo'],
    ['Vlad', 'Mr. Vlad'],
  ] as const) {
    const people = admin.locator('form[action$="/admin/people"]');
    await people.getByLabel('Name').fill(person);
    await people.getByRole('button').click();
    const cast = admin.locator('form[action$="/admin/cast"]');
    await choose(cast.getByLabel('Title'), 'DAT429');
    await choose(cast.getByLabel('Person'), person);
    await cast.getByLabel('Character').fill(character);
    await cast.getByRole('button').click();
    await admin.getByRole('status').waitFor();
  }
}

async function choose(select: Locator, label: string): Promise<void> {
  const option = select.locator('option', { hasText: label }).first();
  await select.selectOption((await option.getAttribute('value')) ?? '');
}
