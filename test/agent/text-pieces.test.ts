import fc from 'fast-check';
import { type AgentEvent, type ModelEvent, runAgent } from 'movie-hub';
import { describe, expect, test } from 'vitest';
import { EventQueue, TextPieces } from '../../src/sdk/agent/events';
import { wellFormed } from '../../src/sdk/agent/wire';
import { deafModel, stop } from './support/models';
import { eventsOf, readAll } from './support/run';

function textOf(pieces: readonly string[]) {
  const text = new TextPieces();
  for (const piece of pieces) text.add(piece);
  return text;
}

const piece = fc.oneof(fc.constantFrom('', 'a', ' ', 'é', '🎬', '\ud83c'), fc.string({ maxLength: 5 }));

describe('a text of pieces', () => {
  test('is what they are together, whole and in every part, whenever it is looked at', () => {
    const property = fc.property(
      fc.array(piece, { maxLength: 1_200, size: 'max' }),
      fc.array(fc.tuple(fc.nat(1_300), fc.nat(6_000), fc.nat(600)), { maxLength: 6 }),
      (pieces, looks) => {
        const text = new TextPieces();
        let expected = '';
        for (const [index, one] of pieces.entries()) {
          text.add(one);
          expected += one;
          for (const [at, start, length] of looks) {
            if (at !== index) continue;
            const end = Math.min(expected.length, start + length);
            if (length % 3 === 0) expect(text.text).toBe(expected);
            else if (start <= end) expect(text.slice(start, end)).toBe(expected.slice(start, end));
            else expect(text.slice(0, expected.length)).toBe(expected);
          }
        }
        expect([text.length, text.text, text.text]).toEqual([expected.length, expected, expected]);
      },
    );
    fc.assert(property, { numRuns: 200 });
  });

  test('parts lie in one chunk, in many, across the last pieces, and at both ends', () => {
    const pieces = Array.from({ length: 600 }, (_, index) => String(index).padStart(4, '0'));
    const whole = pieces.join('');
    for (const [start, end] of [
      [0, 1],
      [1, 1_023],
      [1_022, 1_026],
      [1_024, 2_048],
      [3, 2_399],
      [2_048, 2_400],
      [2_399, 2_400],
      [7, 7],
      [0, 2_400],
    ] as const)
      expect(textOf(pieces).slice(start, end), `${start} to ${end}`).toBe(whole.slice(start, end));
  });
});

describe('events that nobody has read yet', () => {
  const read = async (queue: EventQueue) => {
    const events: AgentEvent[] = [];
    for (let event = await queue.next(); event; event = await queue.next()) events.push(event);
    return events;
  };

  test('are joined where they are pieces of one text in a row, and no others', async () => {
    const queue = new EventQueue();
    const [first, second, thought] = [new TextPieces(), new TextPieces(), new TextPieces()];
    const push = (type: 'text' | 'reasoning', of: TextPieces, text: string) => {
      of.add(text);
      queue.push({ type, text }, of);
    };
    push('text', first, 'a');
    push('text', first, 'b');
    push('reasoning', thought, 'c');
    push('text', first, 'd');
    queue.push({ type: 'server_failed', server: 's', message: 'm', reason: 'r' });
    push('text', first, 'e');
    push('text', second, 'f');
    push('text', first, 'g');
    queue.end();
    push('text', first, 'too late');
    expect(await read(queue)).toEqual([
      { type: 'text', text: 'ab' },
      { type: 'reasoning', text: 'c' },
      { type: 'text', text: 'd' },
      { type: 'server_failed', server: 's', message: 'm', reason: 'r' },
      { type: 'text', text: 'e' },
      { type: 'text', text: 'f' },
      { type: 'text', text: 'g' },
    ]);
  });

  test('are what was read by then: a reader who pauses gets the rest in one piece', async () => {
    const queue = new EventQueue();
    const of = new TextPieces();
    const push = (text: string) => {
      of.add(text);
      queue.push({ type: 'text', text }, of);
    };
    const waiting = queue.next();
    for (const text of ['a', 'b', 'c']) push(text);
    const seen = [await waiting, await queue.next()];
    for (const text of ['d', 'e']) push(text);
    queue.end();
    expect([...seen, ...(await read(queue))]).toEqual(
      ['a', 'bc', 'de'].map((text) => ({ type: 'text', text })),
    );
  });

  test('of a run: the same text, read at once, later, or with pauses', async () => {
    const delta = (contentBlockIndex: number, kind: 'text' | 'reasoning', text: string): ModelEvent => ({
      contentBlockDelta: {
        contentBlockIndex,
        delta: kind === 'text' ? { text } : { reasoningContent: { text } },
      },
    });
    const pieces = fc.array(
      // Half a surrogate pair waits for the other half, which has a test of its own.
      fc.tuple(fc.nat(2), fc.constantFrom('text' as const, 'reasoning' as const), piece.map(wellFormed)),
      {
        maxLength: 60,
      },
    );
    const property = fc.asyncProperty(pieces, fc.array(fc.nat(3)), async (deltas, pauses) => {
      const script = [...deltas.map((one) => delta(...one)), stop()];
      const sum = (events: readonly AgentEvent[], type: 'text' | 'reasoning') =>
        eventsOf(events, type)
          .map(({ text }) => text)
          .join('');
      const start = () => runAgent({ model: deafModel(...script), prompt: 'q' });
      const late = start();
      await late.result;
      const slow: AgentEvent[] = [];
      for await (const event of start()) {
        slow.push(event);
        for (let pause = pauses[slow.length] ?? 0; pause > 0; pause -= 1) await new Promise(setImmediate);
      }
      const runs = [await readAll(start()), await readAll(late), slow];
      for (const type of ['text', 'reasoning'] as const) {
        const expected = deltas.flatMap(([, kind, text]) => (kind === type ? [text] : [])).join('');
        for (const events of runs) expect(sum(events, type)).toBe(expected);
      }
    });
    await fc.assert(property, { numRuns: 60 });
  });
});
