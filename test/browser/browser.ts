import axe from 'axe-core';
import { type BrowserContextOptions, chromium, type Page } from 'playwright-core';

/** A browser to look at a hub with. */
export interface Visits {
  readonly base: string;
  /** What any page complained of: in the console, by a failed script, or by its content security policy. */
  readonly problems: string[];
  /** Opens a page in a context of its own, with nobody signed in. */
  open(options?: BrowserContextOptions): Promise<Page>;
  /** Opens a page in a context of its own, and signs one of the demo's users in. */
  visit(user: string, options?: BrowserContextOptions): Promise<Page>;
  close(): Promise<void>;
}

/** Opens a browser for the hub at an address. */
export async function openVisits(executablePath: string, base: string): Promise<Visits> {
  const quiet = ['--disable-background-networking', '--disable-component-update', '--disable-sync'];
  const args = ['--no-sandbox', '--disable-gpu', ...quiet];
  const browser = await chromium.launch({ executablePath, args });
  const problems: string[] = [];
  const open = async (options: BrowserContextOptions = {}) => {
    const context = await browser.newContext({ viewport: { width: 1200, height: 800 }, ...options });
    context.setDefaultTimeout(15_000);
    context.on('page', (page) => {
      page.on('console', (message) => {
        if (['error', 'warning'].includes(message.type())) problems.push(message.text());
      });
      page.on('pageerror', (error) => problems.push(String(error)));
    });
    return context.newPage();
  };
  return {
    base,
    problems,
    open,
    async visit(user, options) {
      const page = await open(options);
      await page.goto(`${base}/login`);
      await signIn(page, user);
      return page;
    },
    close: () => browser.close(),
  };
}

/** Signs one of the demo's users in, from the login page on. */
export async function signIn(page: Page, user: string): Promise<void> {
  await page.getByLabel('User name').fill(user);
  await page.getByLabel('Password').fill(`${user}-demo`);
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.getByRole('button', { name: 'Log out' }).waitFor({ state: 'attached' });
}

/** Asks in the chat, with the keyboard, and returns the answer once it is whole. */
export async function ask(page: Page, question: string): Promise<string> {
  const before = await page.locator('.turn').count();
  await page.locator('textarea[name=message]').fill(question);
  await page.keyboard.press('Enter');
  const turn = page.locator('.turn').nth(before);
  await turn.and(page.locator('[aria-busy="false"]')).waitFor();
  return (await turn.locator('.answer').textContent()) ?? '';
}

/** What axe finds against WCAG 2.2 AA and its best practice, each with the first elements it is about. */
export async function violationsOf(page: Page): Promise<string[]> {
  // By evaluating: the content security policy takes no script tag of others.
  if (!(await page.evaluate('"axe" in window'))) await page.evaluate(axe.source);
  const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22a', 'wcag22aa', 'best-practice'];
  const found = await page.evaluate<axe.AxeResults>(
    `axe.run(document, { runOnly: { type: 'tag', values: ${JSON.stringify(tags)} } })`,
  );
  return found.violations.map(
    ({ id, help, nodes }) => `${id}: ${help}: ${nodes.slice(0, 3).map((node) => node.html)}`,
  );
}

/** How far a page reaches beyond the right edge of its window, in px, and what does; 0 when all of it can be seen. */
export function overflowOf(page: Page): Promise<{ by: number; of: string[] }> {
  return page.evaluate(`({
    by: document.documentElement.scrollWidth - innerWidth,
    of: document.documentElement.scrollWidth <= innerWidth ? [] : [...document.querySelectorAll('body *')]
      .filter((each) => each.getBoundingClientRect().right > innerWidth + 0.5)
      .slice(0, 3).map((each) => each.outerHTML.slice(0, 120)),
  })`);
}
