import { setTimeout as sleep } from 'node:timers/promises';
import type { Message } from 'movie-hub';
import { expect, test } from 'vitest';
import { renderMarkdown } from '../../src/ui/chat/markdown';
import { throttleAnswers } from '../../src/ui/chat/throttle-answers';
import { joinTurns, lastTurn, questionMessage } from '../../src/ui/chat/transcript';
import { addUsage, zeroUsage } from '../../src/ui/chat/turn';
import { turnFootView } from '../../src/ui/chat/turn-foot-view';
import type { TurnUpdate } from '../../src/ui/chat/update-queue';
import { countRows, objectView } from '../../src/ui/chat/value-view';
import { renderHtml } from '../../src/ui/html';
import { textOf } from '../support/visitor';

const markdown = (text: string) => renderHtml(renderMarkdown(text)).trim();
const said = (role: Message['role'], text: string): Message => ({ role, content: [{ text }] });

test('markdown has lists, tables and code, links to the web only, and loads nothing', () => {
  expect(markdown('- **a**\n- `b`')).toBe(
    '<ul>\n<li><strong>a</strong></li>\n<li><code>b</code></li>\n</ul>',
  );
  expect(markdown('|a|\n|-:|\n|1|')).toContain('<td class="align-right">1</td>');
  expect(markdown('|a|\n|-:|\n|1|')).not.toContain('style');
  expect(markdown('[a](https://example.com/)')).toBe(
    '<p><a href="https://example.com/" rel="noopener noreferrer nofollow">a</a></p>',
  );
  for (const url of [
    'javascript:x',
    'data:text/html,x',
    '//example.com',
    '/logout',
    'mailto:a@b.c',
    'vbscript:x',
  ]) {
    expect(markdown(`[a](${url})`)).not.toContain('<a');
  }
  expect(markdown('https://example.com')).not.toContain('<a');
  expect(markdown('![a](https://example.com/a.png)')).not.toContain('<img');
  expect(markdown('<b>a</b>')).toBe('<p>&lt;b&gt;a&lt;/b&gt;</p>');
});

test('an object becomes fields and tables, with links to the titles in it', () => {
  const result = {
    found: true,
    title: { title_id: 7, title: 'Up', year: 2009 },
    roles: [
      { title_id: 8, title: 'It', character: null },
      { title_id: 9, title: 'Us', character: 'Red' },
    ],
    tags: ['a', 'b'],
    nothing: [],
  };
  const view = renderHtml(objectView(result, (id) => `/hub/movies/${id}`));
  expect(view).toContain('<a href="/hub/movies/7">Up</a>');
  expect(view).toContain('<a href="/hub/movies/9">Us</a>');
  expect(view).not.toContain('title id');
  expect(textOf(view)).toContain('tags a, b');
  expect(countRows(result)).toBe(2);
  expect(countRows({ found: false, message: 'No.' })).toBe(0);
  expect(countRows({ found: true, title: { title_id: 7 }, characters: [] })).toBe(0);
  expect(countRows({ local_time: 'now' })).toBe(1);
  const long = { rows: Array.from({ length: 60 }, (_, i) => ({ i })) };
  expect(textOf(renderHtml(objectView(long, String)))).toMatch(/ 49 and 10 more/);
});

test('the transcript is whole turns with an answer, the newest ones that fit', () => {
  const turn = (n: number, length = 1) => [said('user', `q${n}`), said('assistant', `a${n}`.padEnd(length))];
  expect(joinTurns([turn(2), turn(1)]).map((message) => message.content)).toEqual(
    [...turn(1), ...turn(2)].map((message) => message.content),
  );
  expect(joinTurns([turn(3), [said('user', 'stopped')], turn(1)])).toEqual([...turn(1), ...turn(3)]);
  expect(joinTurns([turn(3), turn(2, 250_000), turn(1)])).toEqual(turn(3));
});

test('the messages of a turn begin with its question', () => {
  const result: Message = {
    role: 'user',
    content: [{ toolResult: { toolUseId: 'a', content: [{ text: 'b' }] } }],
  };
  const call: Message = {
    role: 'assistant',
    content: [{ toolUse: { toolUseId: 'a', name: 'b', input: {} } }],
  };
  const turn = [questionMessage('q'), call, result, said('assistant', 'a')];
  expect(lastTurn([said('user', 'x'), said('assistant', 'y'), ...turn])).toEqual(turn);
});

test('of a text that comes quickly only the latest is passed on now and then, and all before anything else', async () => {
  async function* typing(): AsyncGenerator<TurnUpdate, void, undefined> {
    for (let i = 1; i <= 100; i += 1) yield { type: 'answer', text: 'x'.repeat(i) };
    await sleep(150);
    yield { type: 'answer', text: 'y' };
    yield { type: 'step_started', index: 0, step: { name: 'a', arguments: {} } };
  }
  const passed: string[] = [];
  for await (const update of throttleAnswers(typing()))
    passed.push(update.type === 'answer' ? update.text : update.type);
  expect(passed.slice(-3)).toEqual(['x'.repeat(100), 'y', 'step_started']);
  expect(passed.length).toBeLessThan(8);
});

test('a failure is passed on after the text before it, and leaving early lets the source clean up', async () => {
  let isClean = false;
  async function* failing(): AsyncGenerator<TurnUpdate, void, undefined> {
    try {
      yield { type: 'answer', text: 'a' };
      throw new Error('failed');
    } finally {
      isClean = true;
    }
  }
  const passed: TurnUpdate[] = [];
  const read = async () => {
    for await (const update of throttleAnswers(failing())) passed.push(update);
  };
  await expect(read()).rejects.toThrow('failed');
  expect(passed).toEqual([{ type: 'answer', text: 'a' }]);
  expect(isClean).toBe(true);

  isClean = false;
  for await (const _ of throttleAnswers(failing())) break;
  expect(isClean).toBe(true);
});

test('tokens that are estimated, or partly, are shown as about so many, and those of a stand-in not at all', () => {
  const reported = { inputTokens: 1200, outputTokens: 40 };
  const shown = (usage: object) =>
    textOf(
      renderHtml(
        turnFootView({ id: 't', question: 'q', steps: [], answer: 'a', stopReason: 'end_turn', usage }),
      ),
    );
  expect(shown(addUsage({}, reported))).toMatch(/1 model call · 1,200 tokens in, 40 out/);
  const estimated = addUsage(addUsage({}, { ...reported, estimated: true }), reported);
  expect(shown(estimated)).toMatch(/2 model calls · about 2,400 tokens in, 80 out/);
  expect(shown(addUsage({}, zeroUsage))).not.toContain('tokens');
});
