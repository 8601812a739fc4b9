import { describe, expect, test } from 'vitest';
import { argument } from '../support/messages';
import { toolOf, type Zod, zods } from './schema-kinds';

const ids = (zod: Zod) => zod.array(zod.string().min(1)).max(10).describe('Ids.').optional();
const word = (zod: Zod) =>
  zod
    .string()
    .max(100)
    .regex(/^\s*(.*?)\s*$/)
    .describe('A word.')
    .optional();

const kinds = [
  ...zods.map(([name, zod]) => [name, toolOf(zod.object({ ids: ids(zod), word: word(zod) }))] as const),
  [
    'JSON Schema',
    toolOf({
      type: 'object',
      properties: {
        ids: { type: 'array', maxItems: 10, items: { type: 'string', minLength: 1 }, description: 'Ids.' },
        word: { type: 'string', maxLength: 100, pattern: '^\\s*(.*?)\\s*$', description: 'A word.' },
      },
    }),
  ] as const,
];

const unknown = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${i}`, 1]));

const cycle: unknown[] = [];
cycle.push(cycle);

function nested(levels: number, wrap: (inner: unknown) => object): object {
  let value: unknown = 'x';
  for (let i = 0; i < levels; i += 1) value = wrap(value);
  return { word: value };
}

describe.each(kinds)('what %s refuses is told in few words, however much was sent', (_, tool) => {
  const refusal = (given: object) =>
    tool.readInput(given).then(
      () => 'was not refused',
      (error: Error) => error.message,
    );

  test.each<[what: string, given: object, message: string]>([
    ['a list of a million', { ids: Array(1e6).fill('') }, argument.tooLarge],
    ['a long list', { ids: Array(5e4).fill('') }, 'The argument ids '],
    ['a list of some more than it may', { ids: Array(50).fill('') }, 'The argument ids'],
    ['300,000 names', unknown(300_000), argument.tooLarge],
    [
      '30,000 names',
      unknown(30_000),
      Array.from({ length: 10 }, (_, i) => argument.unknown(`k${i}`)).join(' '),
    ],
    ['long names', { ['x'.repeat(600_000)]: 1, ['y'.repeat(600_000)]: 1 }, argument.tooLarge],
    ['a million texts in texts', { word: Array(1_001).fill('x'.repeat(1_000)) }, argument.tooLarge],
    ['lists in lists', nested(20_000, (inner) => [inner]), argument.tooDeep],
    ['objects in objects', nested(20_000, (inner) => ({ word: inner })), argument.tooDeep],
    ['a list that holds itself', { word: cycle }, argument.tooDeep],
    [
      '10 names that are long',
      Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`${'x'.repeat(39)}${i}`, 1])),
      argument.unknown(`${'x'.repeat(39)}0`),
    ],
  ])('%s', async (_, given, message) => {
    const told = await refusal(given);
    expect(told.startsWith(message), told).toBe(true);
    expect(told.length).toBeLessThanOrEqual(1_000);
    expect(told.match(/\. The|\. There/g)?.length ?? 0).toBeLessThan(10);
  });

  test('no pattern sees a text that is far too long', async () => {
    const exec = RegExp.prototype.exec;
    const seen: number[] = [];
    RegExp.prototype.exec = function (text) {
      if (this.source.includes('(.*?)')) seen.push(text.length);
      return exec.call(this, text);
    };
    try {
      expect(await refusal({ word: ' x'.repeat(25_000) })).toMatch(/^The argument word /);
      expect(await refusal({ word: ' x' })).toBe('was not refused');
    } finally {
      RegExp.prototype.exec = exec;
    }
    expect(Math.max(...seen)).toBe(2);
  });

  test('what fits is read', async () => {
    const given = { ids: Array(10).fill('a'), word: 'x'.repeat(100) };
    expect(await tool.readInput(given)).toEqual(given);
  });
});

describe.each(zods)('arguments of any depth that %s takes', (_, zod) => {
  const any = toolOf(zod.object({ a: zod.any().describe('It.') as unknown as ReturnType<Zod['string']> }));
  const deep = (levels: number) => ({
    a: (nested(levels - 2, (inner) => [inner]) as { word: unknown }).word,
  });

  test('are taken up to 32 levels, also where the schema says nothing of them', async () => {
    expect(await any.readInput(deep(32))).toEqual(deep(32));
    await expect(any.readInput(deep(34))).rejects.toMatchObject({
      code: 'invalid_argument',
      message: expect.stringContaining('nested too deep'),
    });
  });

  test('and of any size up to 100,000 names and values', async () => {
    const { a } = await any.readInput({ a: Array(99_000).fill(1) });
    expect(a).toHaveLength(99_000);
    await expect(any.readInput({ a: Array(100_000).fill(1) })).rejects.toMatchObject({
      code: 'invalid_argument',
      message: expect.stringContaining('too large'),
    });
  });

  test('are not looked at again and again in unions inside unions', async () => {
    const node: ReturnType<Zod['any']> = zod.lazy(() =>
      zod.union([
        zod.object({ in: node, b: zod.string().optional() }),
        zod.object({ in: node }),
        zod.string(),
      ]),
    ) as unknown as ReturnType<Zod['any']>;
    const tool = toolOf(zod.object({ a: node.describe('It.') as unknown as ReturnType<Zod['string']> }));
    let value: unknown = { in: 'x', more: 1 };
    for (let i = 0; i < 28; i += 1) value = { in: value };
    await expect(tool.readInput({ a: value })).rejects.toMatchObject({ code: 'invalid_argument' });
    expect(await tool.readInput({ a: { in: { in: 'x' } } })).toEqual({ a: { in: { in: 'x' } } });
  });
});
