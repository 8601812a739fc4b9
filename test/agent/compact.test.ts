import fc from 'fast-check';
import { type ContentBlock, compactMessages, type Message, type Model, runAgent } from 'movie-hub';
import { ScriptedModel, transcriptProblems } from 'movie-hub/testing';
import { describe, expect, test } from 'vitest';
import { deafModel, piece, stop } from './support/models';

const ask = (text: string): Message => ({ role: 'user', content: [{ text }] });
const say = (text: string): Message => ({ role: 'assistant', content: [{ text }] });
const look = (id: string, result: string): Message[] => [
  { role: 'assistant', content: [{ toolUse: { toolUseId: id, name: 'find', input: { q: id } } }] },
  { role: 'user', content: [{ toolResult: { toolUseId: id, content: [{ text: result }] } }] },
];
const thread: Message[] = [
  ask('Who is in Heat?'),
  ...look('t1', 'x'.repeat(2_000)),
  say('De Niro.'),
  ask('And in Alien?'),
  ...look('t2', 'y'.repeat(500)),
  say('Weaver.'),
  ask('Who is older?'),
];
const summing = (text = 'They asked for Heat: De Niro.') => new ScriptedModel({ turns: [text] });

describe('a long transcript', () => {
  test('has its older turns replaced by a summary, and the newer stay as they are', async () => {
    const model = summing();
    const compacted = await compactMessages(thread, { model, maxBytes: 2_000 });
    expect(JSON.stringify(compacted[0])).toContain('They asked for Heat: De Niro.');
    expect(compacted.slice(2)).toEqual(thread.slice(4));
    expect(transcriptProblems(compacted)).toEqual([]);
    const [request] = model.requests;
    expect(JSON.stringify(request)).toContain('Who is in Heat?');
    expect(JSON.stringify(request)).not.toContain('Alien');
    const next = runAgent({ model: new ScriptedModel({ turns: ['He is.'] }), messages: compacted });
    expect(await next.result).toMatchObject({ stopReason: 'end_turn', text: 'He is.' });
  });

  test('that is short enough stays, and no model is asked', async () => {
    const model = new ScriptedModel({ turns: [] });
    expect(await compactMessages(thread, { model, maxBytes: 100_000 })).toEqual(thread);
    expect(model.requests).toEqual([]);
  });

  test.each<[string, ScriptedModel]>([
    ['fails', new ScriptedModel({ turns: [new Error('no')] })],
    ['says nothing', summing(' ')],
    ['is cut off', new ScriptedModel({ turns: [{ content: [{ text: 'Half' }], stopReason: 'max_tokens' }] })],
  ])('is not lost where the model %s', async (_, model) => {
    const given = structuredClone(thread);
    await expect(compactMessages(given, { model, maxBytes: 2_000 })).rejects.toMatchObject({
      code: 'model_failed',
    });
    expect(given).toEqual(thread);
  });

  test('has a summary without what a model took back', async () => {
    const model: Model = {
      id: 'm',
      async *stream() {
        yield piece('Half');
        yield { retry: { attempt: 1, delayMs: 0, reason: 'x' } };
        yield piece('Whole.');
        yield stop();
      },
    };
    const [summary] = await compactMessages(thread, { model, maxBytes: 2_000 });
    expect(JSON.stringify(summary)).not.toContain('Half');
  });

  test('is given up when the signal aborts, also where the model does not follow it', async () => {
    const compacting = compactMessages(thread, {
      model: deafModel(piece('Half'), 'silence'),
      maxBytes: 2_000,
      signal: AbortSignal.timeout(20),
    });
    await expect(compacting).rejects.toMatchObject({ code: 'model_failed' });
  });

  test('has a summary that fits, however long the model makes it', async () => {
    const compacted = await compactMessages(thread, { model: summing('é'.repeat(9_000)), maxBytes: 2_000 });
    expect(Buffer.byteLength(JSON.stringify(compacted))).toBeLessThanOrEqual(2_000);
    expect(JSON.stringify(compacted)).toContain('éé');
    expect(JSON.stringify(compacted)).not.toContain('\ufffd');
  });

  test.each([0, -1, 1.5, Number.NaN])('of at most %s bytes is refused', async (maxBytes) => {
    await expect(compactMessages(thread, { model: summing(), maxBytes })).rejects.toMatchObject({
      code: 'invalid_argument',
    });
  });

  test('is one that Bedrock takes, of any size and any turns', async () => {
    const turn = fc
      .tuple(fc.nat(3), fc.integer({ min: 1, max: 800 }))
      .map(([calls, size]): Message[] => [
        ask('q'.repeat(size)),
        ...Array.from({ length: calls }, (_, n) => look(`c${n}`, 'r'.repeat(size))).flat(),
        say('A'),
      ]);
    const property = fc.asyncProperty(
      fc.array(turn, { minLength: 1, maxLength: 6 }),
      fc.integer({ min: 1, max: 6_000 }),
      async (turns, maxBytes) => {
        let id = 0;
        const messages = [...turns.flat(), ask('Last?')].map(
          (message): Message => ({
            ...message,
            content: message.content.map((block): ContentBlock => {
              if ('toolUse' in block) return { toolUse: { ...block.toolUse, toolUseId: `u${++id}` } };
              return 'toolResult' in block
                ? { toolResult: { ...block.toolResult, toolUseId: `u${id}` } }
                : block;
            }),
          }),
        );
        const compacted = await compactMessages(messages, { model: summing('S'), maxBytes });
        expect(transcriptProblems(compacted)).toEqual([]);
        expect(compacted.at(-1)).toEqual(messages.at(-1));
      },
    );
    await fc.assert(property, { numRuns: 100 });
  });
});
