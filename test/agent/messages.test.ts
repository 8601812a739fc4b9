import fc from 'fast-check';
import type { Message } from 'movie-hub';
import { transcriptProblems } from 'movie-hub/testing';
import { describe, expect, test } from 'vitest';
import { sanitiseMessages } from '../../src/sdk/agent/messages';
import { runsOf } from '../support/lane';
import { added, instead } from '../support/messages';
import { bedrockRun } from './support/bedrock-run';

const user = (...content: Message['content']): Message => ({ role: 'user', content });
const assistant = (...content: Message['content']): Message => ({ role: 'assistant', content });
const use = (toolUseId: string, name = 'a') => ({ toolUse: { toolUseId, name, input: {} } });
const result = (toolUseId: string, text = 'ok') => ({ toolResult: { toolUseId, content: [{ text }] } });
const stopped = assistant({ text: added.answerStopped });
const cachePoint = { cachePoint: { type: 'default' } } as never;

describe('a transcript of any kind becomes one that Bedrock takes', () => {
  test('reasoning without a text is left out, and one that is only signed is kept', () => {
    const reasoning = (reasoningText: object) => ({ reasoningContent: { reasoningText } }) as never;
    const signed = reasoning({ text: '', signature: 's' });
    const messages = [
      user({ text: 'x' }),
      assistant(reasoning({ signature: 's' }), signed, { text: 'y' }),
      user({ text: 'z' }),
    ];
    expect(sanitiseMessages(messages)[1]).toEqual(assistant(signed, { text: 'y' }));
  });

  test('one that is in order comes back equal, and is not the same object', () => {
    const messages = [
      user({ text: 'Who?' }),
      assistant(
        { reasoningContent: { reasoningText: { text: 'Hm.', signature: 's' } } },
        { text: 'Looking.' },
        use('1'),
        use('2'),
      ),
      user(result('1'), { toolResult: { toolUseId: '2', status: 'error', content: [{ text: 'no' }] } }),
      assistant({ text: 'Ripley.' }),
      user({ text: 'And in 1986?' }),
    ];
    const copy = structuredClone(messages);
    expect(sanitiseMessages(messages)).toEqual(copy);
    expect(messages).toEqual(copy);
  });

  test('blank text and empty messages go, and roles alternate', () => {
    const messages = [
      assistant({ text: 'Welcome!' }),
      user({ text: 'a' }, { text: '  ' }),
      assistant({ text: '\n' }),
      user({ text: 'b' }),
      assistant({ reasoningContent: { reasoningText: { text: 'only thought' } } }),
      user(),
      user({ text: 'c' }),
    ];
    expect(sanitiseMessages(messages)).toEqual([user({ text: 'a' }, { text: 'b' }, { text: 'c' })]);
  });

  test('results move into the next message, in order, and what else was said stands apart', () => {
    const messages = [
      user({ text: 'x' }),
      assistant(use('1'), use('2')),
      user({ text: 'and?' }, result('2', 'two')),
      user(result('1', 'one'), result('1', 'again'), result('9', 'of nothing')),
    ];
    expect(sanitiseMessages(messages).slice(2)).toEqual([
      user(result('1', 'one'), result('2', 'two')),
      stopped,
      user({ text: 'and?' }),
    ]);
  });

  test('a question stands apart from results whose answer was nothing', () => {
    const start = [user({ text: 'x' }), assistant(use('1')), user(result('1'))];
    const thought = assistant({ reasoningContent: { reasoningText: { text: 'Hm.' } } });
    expect(sanitiseMessages([...start, thought, user({ text: 'y' })])).toEqual([
      ...start,
      stopped,
      user({ text: 'y' }),
    ]);
  });

  test('points of the cache stay with the results before them, and part nothing', () => {
    const start = [user({ text: 'x' }), assistant(use('1'))];
    const kept = [...start, user(result('1'), cachePoint)];
    expect(sanitiseMessages(kept)).toEqual(kept);
    expect(sanitiseMessages([...kept, user({ text: 'y' }, cachePoint)])).toEqual([
      ...kept,
      stopped,
      user({ text: 'y' }, cachePoint),
    ]);
  });

  test('a use without a result gets one that says so', () => {
    const missing = {
      toolResult: {
        toolUseId: '1',
        status: 'error',
        content: [{ text: added.noResult }],
      },
    };
    expect(sanitiseMessages([user({ text: 'x' }), assistant(use('1'))])[2]).toEqual(user(missing as never));
    const unanswered = [user({ text: 'x' }), assistant(use('1')), user({ text: 'y' })];
    expect(sanitiseMessages(unanswered).slice(2)).toEqual([
      user(missing as never),
      stopped,
      user({ text: 'y' }),
    ]);
  });

  test('names and ids are made safe, ids once each, and results follow their use', () => {
    const messages = [
      user({ text: 'x' }),
      assistant(use('a:b', 'get.cast'), use('a:b', 'ü')),
      user(result('a:b', 'first'), result('a:b', 'second')),
      assistant(use('a_b')),
      user(result('a_b', 'third')),
    ];
    expect(sanitiseMessages(messages).slice(1)).toEqual([
      assistant(use('a_b', 'get_cast'), use('a_b_2', 'unnamed_tool')),
      user(result('a_b', 'first'), result('a_b_2', 'second')),
      assistant(use('a_b_3')),
      user(result('a_b_3', 'third')),
    ]);
  });

  test('parts that are nothing are left out, whatever they are', () => {
    const messages = [
      user({ text: 'x' }, {} as never, { image: {} } as never, null as never),
      assistant({ reasoningContent: null } as never, use('1')),
      user({ toolResult: { toolUseId: '1', content: [null, 'text', { text: 'kept' }] } } as never),
    ];
    expect(sanitiseMessages(messages)).toEqual([
      user({ text: 'x' }),
      assistant(use('1')),
      user({ toolResult: { toolUseId: '1', content: [{ text: 'kept' }] } }),
    ]);
  });

  test('results hold something, json is an object, errors are text', () => {
    const results = (toolUseId: string, content: unknown, status?: string) =>
      ({ toolResult: { toolUseId, content, ...(status ? { status } : {}) } }) as never;
    const messages = [
      user({ text: 'x' }),
      assistant(use('1'), use('2'), use('3')),
      user(
        results('1', []),
        results('2', [{ json: [1] }, { text: ' ' }]),
        results('3', [{ json: {} }], 'error'),
      ),
    ];
    expect(sanitiseMessages(messages)[2]).toEqual(
      user(
        results('1', [{ text: instead.nothing }]),
        results('2', [{ json: { value: [1] } }]),
        results('3', [{ text: '{}' }], 'error'),
      ),
    );
  });

  test('any transcript at all, and doing it twice changes nothing', () => {
    const id = fc.constantFrom('1', '2', 'a b', 'x'.repeat(80), '\ud83d');
    const text = fc.constantFrom('', ' ', 'hello', '\u{1F3AC}', 'half \ud83d');
    const json = fc.constantFrom<unknown>(null, 1, [1], { a: 1 }, { 'a\udfff': ['\ud83d'] });
    const block = fc.oneof(
      fc.record({ text }),
      fc.record({ toolUse: fc.record({ toolUseId: id, name: id, input: json }) }),
      fc.record({
        toolResult: fc.record(
          {
            toolUseId: id,
            content: fc.array(fc.oneof(fc.record({ text }), fc.record({ json })), { maxLength: 2 }),
            status: fc.constantFrom('success', 'error'),
          },
          { requiredKeys: ['toolUseId', 'content'] },
        ),
      }),
      fc.record({ reasoningContent: fc.record({ reasoningText: fc.record({ text }) }) }),
    );
    const message = fc.record({
      role: fc.constantFrom('user', 'assistant'),
      content: fc.array(block, { maxLength: 4 }),
    });
    fc.assert(
      fc.property(fc.array(message, { maxLength: 8 }), (messages) => {
        const clean = sanitiseMessages(messages as Message[]);
        if (clean.length > 0) expect(transcriptProblems(clean)).toEqual([]);
        expect(sanitiseMessages(clean)).toEqual(clean);
      }),
      { numRuns: runsOf(2_000) },
    );
  });
});

test('a run sends the repaired transcript, with a tool list even when there is no tool left', async () => {
  const messages = [
    user({ text: 'Who?' }),
    assistant({ text: 'Hm' }, use('a:b', 'gone.tool')),
    user({ text: 'So?' }),
  ];
  const { bedrock, result: done } = await bedrockRun({ turns: ['Ripley.'], messages });
  expect(done).toMatchObject({ stopReason: 'end_turn', text: 'Ripley.' });
  expect(done.messages[1]?.content[1]).toEqual(use('a_b', 'gone_tool'));
  expect(bedrock.requests[0]?.request).toMatchObject({
    messages: done.messages.slice(0, -1),
    tools: [{ name: 'gone_tool' }],
  });
});
