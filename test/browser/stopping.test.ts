import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test, vi } from 'vitest';
import { turnOf } from '../ui/chat-request';
import { PlayedModel } from '../ui/played-model';
import { ask } from './browser';
import { type LocalHub, openLocalHub } from './hub';

const executablePath = inject('chromium');
/** A model that falls silent in the middle of its answer. */
const halfway = { content: [{ text: ['So far, so good'] }], fault: 'stall' } as const;

describe.runIf(executablePath)('an answer on its way', () => {
  let hub: LocalHub;
  let page: Page;
  const model = new PlayedModel('a-model');

  beforeAll(async () => {
    hub = await openLocalHub(executablePath ?? '', { model });
    page = await hub.visit('jim');
  });
  afterAll(() => hub?.close());

  beforeEach(async () => {
    await page.goto(`${hub.base}/chat`);
    const before = page.url();
    await page.getByRole('button', { name: 'New chat' }).click();
    await page.waitForURL((url) => url.href !== before && url.search !== '');
  });

  const send = async (question: string, on = page) => {
    await on.locator('textarea').fill(question);
    await on.keyboard.press('Enter');
  };
  const turn = (on = page) => on.locator('.turn').last();
  const stopped = async (on = page) => {
    await turn(on).getByText('You stopped this answer.').waitFor();
    await turn(on).locator('[data-retry]').waitFor();
  };

  test('is shown piece by piece, and says what it is at', async () => {
    model.play([{ toolUse: { name: 'get_movie_characters', input: { title: 'Casablanca' } } }], halfway);
    const said: string[] = [];
    await page.exposeFunction('hear', (text: string) => said.push(text));
    await page.evaluate(`new MutationObserver(() => hear(document.getElementById('chat-status').textContent))
      .observe(document.getElementById('chat-status'), { childList: true, characterData: true, subtree: true })`);
    await send('Who?');
    await turn().getByText('So far, so good').waitFor();
    expect(await turn().getAttribute('aria-busy')).toBe('true');
    expect(await turn().locator('.step').textContent()).toMatch(/get_movie_characters.*8 rows · \d+ ms/s);
    expect(await page.getByRole('button', { name: 'Send' }).isVisible()).toBe(false);
    await vi.waitFor(() =>
      expect([...new Set(said)]).toEqual([
        'Thinking…',
        'Calling get_movie_characters…',
        'Reading the result…',
        'Answering…',
      ]),
    );
    await page.getByRole('button', { name: 'Stop' }).click();
    await stopped();
  });

  test('is stopped by keyboard, kept as it was, and asked for again', async () => {
    const script = model.play(halfway, 'Now in full.');
    await send('Who?');
    await turn().getByText('So far, so good').waitFor();
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Stop');
    await page.keyboard.press('Enter');
    await page.locator('#chat-status', { hasText: 'Stopped.' }).waitFor();
    expect(await page.evaluate('document.activeElement.tagName')).toBe('TEXTAREA');
    await stopped();
    expect(await turnOf(hub.db, 'Who?')).toMatchObject({ stop_reason: 'aborted', answer: 'So far, so good' });
    await page.reload();
    expect(await turn().textContent()).toContain('So far, so good');
    await stopped();

    await page.locator('textarea').fill('half typed');
    await page.getByRole('button', { name: 'Try again' }).click();
    await turn().getByText('Now in full.').waitFor();
    expect(await page.locator('.question').allTextContents()).toEqual(['You asked: Who?', 'You asked: Who?']);
    expect(await page.locator('textarea').inputValue()).toBe('half typed');
    // The turn that was stopped offers it no more: it would be asked at the end.
    expect(await page.locator('[data-retry]:visible').count()).toBe(0);
    script.assertComplete();
  });

  test('ends for good when the page is reloaded, and the chat goes on', async () => {
    model.play(halfway, 'Another.');
    await send('Who?');
    await turn().getByText('So far, so good').waitFor();
    await page.reload();
    await stopped();
    expect(await page.locator('.turn').count()).toBe(1);
    expect(await ask(page, 'And?')).toContain('Another.');
  });

  test('can be watched in a second tab, which asks nothing meanwhile', async () => {
    const script = model.play(halfway, 'After it.');
    await send('Who?');
    await turn().getByText('So far, so good').waitFor();
    const second = await page.context().newPage();
    await second.goto(page.url());
    await second.getByText('The answer is not complete yet.').waitFor();
    await send('Me too?', second);
    await second.locator('#composer-problem', { hasText: 'still answering' }).waitFor();
    // What was typed stays.
    expect(await second.locator('textarea').inputValue()).toBe('Me too?');
    expect(script.requests.length).toBe(1);
    await page.getByRole('button', { name: 'Stop' }).click();
    await stopped();
    await stopped(second);
    await second.keyboard.press('Enter');
    await turn(second).getByText('After it.').waitFor();
    await page.reload();
    expect(await page.locator('.question').allTextContents()).toEqual([
      'You asked: Who?',
      'You asked: Me too?',
    ]);
    await second.close();
    expect(hub.problems.splice(0)).toEqual([expect.stringContaining('409')]);
  });

  test('is asked for once, however often Send is pressed', async () => {
    const script = model.play(halfway);
    await page.locator('textarea').fill('Who?');
    await page.evaluate(`for (let i = 0; i < 3; i += 1) document.getElementById('composer').requestSubmit()`);
    await page.keyboard.press('Enter');
    await turn().getByText('So far, so good').waitFor();
    await page.keyboard.press('Enter');
    expect(await page.locator('.turn').count()).toBe(1);
    expect(script.requests.length).toBe(1);
    await page.getByRole('button', { name: 'Stop' }).click();
    await stopped();
    await page.reload();
    expect(await page.locator('.turn').count()).toBe(1);
  });

  test('that fails says so, and answers when it is asked for again', async () => {
    model.play(new Error('no such model'), 'Better now.');
    await ask(page, 'Who?');
    expect(await turn().getByRole('alert').textContent()).toBe(
      'The model failed or could not be reached. Try again.',
    );
    await page.getByRole('button', { name: 'Try again' }).click();
    await turn().getByText('Better now.').waitFor();
  });

  test('is lost with its connection, and the question is not', async () => {
    await page.context().setOffline(true);
    await send('Who?');
    await page.locator('#composer-problem', { hasText: 'could not be sent' }).waitFor();
    expect(await page.locator('textarea').inputValue()).toBe('Who?');
    await page.context().setOffline(false);
    model.play('Here I am.');
    await page.keyboard.press('Enter');
    await turn().getByText('Here I am.').waitFor();
    expect(hub.problems.splice(0).join('\n')).toContain('ERR_INTERNET_DISCONNECTED');
  });

  test('is copied as it was written', async () => {
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    model.play('An **answer**, as written.');
    await ask(page, 'Who?');
    await turn().getByRole('button', { name: 'Copy' }).click();
    await page.getByRole('button', { name: 'Copied' }).waitFor();
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe('An **answer**, as written.');
    expect(hub.problems).toEqual([]);
  });

  test('nothing may run that the page does not bring, and a complaint is noticed', async () => {
    await page.evaluate(`{
      const script = document.createElement('script');
      script.textContent = 'window.ran = true';
      document.body.append(script);
      setTimeout(() => { throw new Error('of the test'); });
    }`);
    await vi.waitFor(() =>
      expect(hub.problems).toEqual([
        expect.stringContaining('Content Security Policy'),
        expect.stringContaining('of the test'),
      ]),
    );
    expect(await page.evaluate('window.ran')).toBeUndefined();
  });
});
