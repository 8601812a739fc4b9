import fc from 'fast-check';
import { type Message, trimMessages } from 'movie-hub';
import { transcriptProblems } from 'movie-hub/testing';
import { describe, expect, test } from 'vitest';

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

/** Turns one after the other; a question that follows results becomes part of their message, as in a run. */
const transcript = fc.array(turn, { minLength: 1, maxLength: 6 }).map((turns) => {
  const messages: Message[] = [];
  for (const message of turns.flatMap((make, number) => make(number))) {
    const end = messages.at(-1);
    if (end?.role === message.role) end.content.push(...message.content);
    else messages.push(message);
  }
  return messages;
});

test('any transcript that is in order stays in order: no call is parted from its result, and the last turn stays', () => {
  fc.assert(
    fc.property(transcript, fc.integer({ min: 1, max: 3_000 }), (messages, maxBytes) => {
      expect(transcriptProblems(messages)).toEqual([]);
      const kept = trimMessages(messages, { maxBytes });
      expect(transcriptProblems(kept)).toEqual([]);
      expect(kept).toEqual(messages.slice(messages.length - kept.length));
      expect(kept[0]?.role).toBe('user');
      const begins = kept.filter(
        ({ role, content }) => role === 'user' && !content.some((block) => 'toolResult' in block),
      );
      expect(begins.length).toBeGreaterThan(0);
      if (begins.length > 1) expect(bytesOf(kept)).toBeLessThanOrEqual(maxBytes);
      if (bytesOf(messages) <= maxBytes) expect(kept).toEqual(messages);
    }),
    { numRuns: 1_000 },
  );
});
