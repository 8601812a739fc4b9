import { runAgent, trimMessages } from 'movie-hub';
import { ScriptedModel } from 'movie-hub/testing';
import { describe, expect, test } from 'vitest';

const counts = [
  'maxTurns',
  'maxToolCalls',
  'maxInputTokens',
  'maxOutputTokens',
  'totalTimeoutMs',
  'stepTimeoutMs',
  'firstChunkTimeoutMs',
  'chunkTimeoutMs',
  'toolTimeoutMs',
  'maxParallelTools',
  'maxToolResultBytes',
];
const prices = { input: 1, output: 1 };
const refused = expect.objectContaining({ code: 'invalid_argument' });

/** Starts a run of a model that counts as asked as soon as it is. */
function start(settings: object) {
  const model = new ScriptedModel({ turns: ['ok'] });
  return { model, run: () => runAgent({ model, prompt: 'x', ...settings } as never) };
}

describe.each(counts)('%s', (name) => {
  test.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, '5', 2 ** 53])('%s is refused', (value) => {
    const { model, run } = start({ [name]: value });
    expect(run).toThrow(refused);
    expect(run).toThrow(name);
    expect(model.requests).toEqual([]);
  });

  const isTime = name.endsWith('Ms');
  const largest = isTime ? 2 ** 31 - 1 : Number.MAX_SAFE_INTEGER;

  test.each(isTime ? [2 ** 31] : [])('%s, longer than a timer can be, is refused', (value) => {
    expect(start({ [name]: value }).run).toThrow(refused);
  });

  test.each([undefined, largest])('%s is taken', async (value) => {
    const { run } = start({ [name]: value });
    expect(await run().result).toMatchObject({ stopReason: 'end_turn', text: 'ok' });
  });
});

describe('cost', () => {
  test.each<[string, object]>([
    ['maxCost without prices', { maxCost: 1 }],
    ['maxCost with prices that are null', { maxCost: 1, prices: null }],
    ...[0, -1, Number.NaN, Number.POSITIVE_INFINITY, '1'].map((maxCost): [string, object] => [
      `maxCost ${maxCost}`,
      { maxCost, prices },
    ]),
    ...['input', 'output', 'cacheRead', 'cacheWrite'].flatMap((name) =>
      [-1, Number.NaN, Number.POSITIVE_INFINITY, '1', null].map((price): [string, object] => [
        `the price ${name} ${price}`,
        { prices: { ...prices, [name]: price } },
      ]),
    ),
    ['prices without output', { maxCost: 1, prices: { input: 1 } }],
    ['prices without input', { maxCost: 1, prices: { input: undefined, output: 1 } }],
  ])('%s is refused', (_, settings) => {
    expect(start(settings).run).toThrow(refused);
  });

  test.each<[string, object]>([
    ['maxCost below 1', { maxCost: 0.001, prices }],
    ['prices of 0', { maxCost: 1, prices: { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 } }],
    ['prices without those of the cache', { prices: { ...prices, cacheRead: undefined } }],
    ['nothing', { maxCost: undefined, prices: undefined }],
  ])('%s is taken', async (_, settings) => {
    expect(await start(settings).run().result).toMatchObject({ stopReason: 'end_turn' });
  });
});

describe('steering', () => {
  test.each(['prepareStep', 'approveTool'])('%s must be a function', async (name) => {
    for (const value of [null, false, '', 'always', {}])
      expect(start({ [name]: value }).run).toThrow(refused);
    for (const value of [undefined, () => undefined])
      expect(await start({ [name]: value }).run().result).toMatchObject({ stopReason: 'end_turn' });
  });
});

test.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])(
  'trimMessages to %s bytes is refused',
  (maxBytes) => {
    expect(() => trimMessages([], { maxBytes })).toThrow(refused);
    expect(trimMessages([], { maxBytes: 1 })).toEqual([]);
  },
);
