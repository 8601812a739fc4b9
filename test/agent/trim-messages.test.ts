import fc from 'fast-check';
import { type Message, runAgent, trimMessages } from 'movie-hub';
import { ScriptedModel, transcriptProblems } from 'movie-hub/testing';
import { describe, expect, test } from 'vitest';
import type { PrepareStep } from '../../src/sdk/agent/run-options';
import { runsOf } from '../support/lane';
import { added } from '../support/messages';
import { toolServer } from './support/tool-server';

const user = (text: string): Message => ({ role: 'user', content: [{ text }] });
const assistant = (text: string): Message => ({ role: 'assistant', content: [{ text }] });
const bytesOf = (messages: readonly Message[]) =>
  messages.reduce((sum, message) => sum + Buffer.byteLength(JSON.stringify(message)), 0);

const first = [user('Who?'), assistant('Ripley.')];
const second = [
  user('€'.repeat(20)),
  { role: 'assistant', content: [{ toolUse: { toolUseId: '1', name: 'a', input: {} } }] },
  { role: 'user', content: [{ toolResult: { toolUseId: '1', content: [{ text: 'A' }] } }] },
  assistant('A.'),
] satisfies Message[];
const last = [user('And then?')];
const all = [...first, ...second, ...last];

describe('the oldest turns go', () => {
  test.each<[string, number, Message[]]>([
    ['none where all fit', bytesOf(all), all],
    ['the first where it does not', bytesOf(all) - 1, [...second, ...last]],
    ['one that just fits stays', bytesOf([...second, ...last]), [...second, ...last]],
    ['a turn goes as a whole, with its calls and results', bytesOf([...second, ...last]) - 1, last],
    ['the last stays, whatever its size', 1, last],
  ])('%s', (_, maxBytes, kept) => {
    const before = structuredClone(all);
    expect(trimMessages(all, { maxBytes })).toEqual(kept);
    expect(all).toEqual(before);
  });

  test('a turn that is small does not stay where a later one went', () => {
    const messages = [...first, user('x'.repeat(200)), ...last];
    expect(trimMessages(messages, { maxBytes: bytesOf([...first, ...last]) })).toEqual(last);
  });

  test('a message with results and words is none to begin with', () => {
    const messages: Message[] = [...second.slice(0, 2), { role: 'user', content: [] }, assistant('So.')];
    messages[2]?.content.push(...(second[2]?.content ?? []), { text: 'And?' });
    expect(trimMessages(messages, { maxBytes: 1 })).toEqual(messages);
  });

  test('of nothing there is nothing', () => {
    expect(trimMessages([], { maxBytes: 1 })).toEqual([]);
  });
});

const asks = ({ content }: Message) => content.some((block) => 'toolUse' in block);
const isQuestion = ({ role, content }: Message) =>
  role === 'user' && !content.some((block) => 'toolResult' in block);

describe('where the last turn alone is too large', () => {
  const round = (id: string, size = 10): Message[] => [
    { role: 'assistant', content: [{ toolUse: { toolUseId: id, name: 'a', input: {} } }] },
    { role: 'user', content: [{ toolResult: { toolUseId: id, content: [{ text: 'x'.repeat(size) }] } }] },
  ];
  const question = user('And now a long one?');
  const [one, two, three] = [round('1'), round('2'), round('3')];
  const long = [question, ...one, ...two, ...three];

  test.each<[string, number, Message[]]>([
    ['all of it stays where it fits', bytesOf(long), long],
    ['its oldest calls go, with their results', bytesOf(long) - 1, [question, ...two, ...three]],
    ['as many as must', bytesOf([question, ...two, ...three]) - 1, [question, ...three]],
    ['the question and the newest stay, whatever their size', 1, [question, ...three]],
  ])('%s', (_, maxBytes, kept) => {
    expect(trimMessages([...all, ...long], { maxBytes })).toEqual(maxBytes === bytesOf(long) ? long : kept);
    expect(transcriptProblems(kept)).toEqual([]);
  });

  test('what the user says beside results stays, and so do words of the model', () => {
    const beside: Message[] = [one[0] as Message, { role: 'user', content: [...(one[1]?.content ?? [])] }];
    beside[1]?.content.push({ text: 'And?' });
    expect(trimMessages([question, ...beside, ...two, assistant('So.')], { maxBytes: 1 })).toEqual([
      question,
      ...beside,
      ...two,
      assistant('So.'),
    ]);
    const messages = [question, ...one, assistant('Well.'), user('Go on.'), ...two, ...three];
    expect(trimMessages(messages, { maxBytes: 1 })).toEqual([user('Go on.'), ...three]);
  });

  test('prepareStep can trim within one long run', async () => {
    const model = new ScriptedModel({
      turns: [...Array.from({ length: 6 }, () => [{ toolUse: { name: 'a' } }]), 'Done.'],
    });
    const servers = [toolServer('s', { a: { run: () => 'x'.repeat(500) } })];
    const prepareStep: PrepareStep = ({ messages }) => ({
      messages: trimMessages(messages, { maxBytes: 2_000 }),
    });
    const result = await runAgent({ model, prompt: 'q', servers, prepareStep }).result;
    expect(result).toMatchObject({ stopReason: 'end_turn', toolCalls: 6 });
    expect(result.messages).toHaveLength(14);
    for (const { messages } of model.requests) expect(bytesOf(messages)).toBeLessThanOrEqual(2_000);
    model.assertComplete();
  });
});

/** A turn as runs leave them: a question, rounds of calls with their results, and perhaps an answer. */
const turn = fc
  .record({
    question: fc.string({ minLength: 1, maxLength: 40 }),
    rounds: fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 3 }),
    answer: fc.option(fc.string({ minLength: 1, maxLength: 40 })),
  })
  .map(({ question, rounds, answer }) => (number: number): Message[] => [
    user(`q${question}`),
    ...rounds.flatMap((calls, round): Message[] => {
      const ids = Array.from({ length: calls }, (_, call) => `t${number}-${round}-${call}`);
      return [
        {
          role: 'assistant',
          content: ids.map((toolUseId) => ({ toolUse: { toolUseId, name: 'a', input: {} } })),
        },
        {
          role: 'user',
          content: ids.map((toolUseId) => ({ toolResult: { toolUseId, content: [{ text: 'A' }] } })),
        },
      ];
    }),
    ...(rounds.length === 0 || answer !== null ? [assistant(`a${answer}`)] : []),
  ]);

/** Turns one after the other; between results and a question that follows them the assistant says something, as in a run. */
const transcript = fc.array(turn, { minLength: 1, maxLength: 6 }).map((turns) => {
  const messages: Message[] = [];
  for (const message of turns.flatMap((make, number) => make(number))) {
    const end = messages.at(-1);
    if (end?.role === message.role) messages.push(assistant(added.answerStopped));
    messages.push(message);
  }
  return messages;
});

test('any transcript that is in order stays in order: no call is parted from its result, and the last turn stays', () => {
  fc.assert(
    fc.property(transcript, fc.integer({ min: 1, max: 3_000 }), (messages, maxBytes) => {
      expect(transcriptProblems(messages)).toEqual([]);
      const kept = trimMessages(messages, { maxBytes });
      expect(transcriptProblems(kept)).toEqual([]);
      // In order, from the beginning of a turn.
      expect(messages.filter((message) => kept.includes(message))).toEqual(kept);
      expect(kept[0]?.role).toBe('user');
      const begins = kept.filter(isQuestion);
      expect(begins.length).toBeGreaterThan(0);
      if (begins.length > 1) expect(bytesOf(kept)).toBeLessThanOrEqual(maxBytes);
      else if (bytesOf(kept) > maxBytes) expect(kept.filter(asks).length).toBeLessThanOrEqual(1);
      // The last turn's question and newest calls are there.
      expect(kept).toContain(messages.findLast(isQuestion));
      const newest = messages.findLast(asks);
      if (newest && messages.indexOf(newest) > messages.findLastIndex(isQuestion))
        expect(kept).toContain(newest);
      if (bytesOf(messages) <= maxBytes) expect(kept).toEqual(messages);
    }),
    { numRuns: runsOf(1_000) },
  );
});
