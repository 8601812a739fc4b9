import { describe, expect, test } from 'vitest';
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

describe.each(kinds)('what %s refuses is told in few words, however much was sent', (_, tool) => {
  const refusal = (given: object) =>
    tool.readInput(given).then(
      () => 'was not refused',
      (error: Error) => error.message,
    );

  test.each<[what: string, given: object, message: RegExp]>([
    ['a list of a million', { ids: Array(1e6).fill('') }, /^The argument ids /],
    ['a list of some more than it may', { ids: Array(50).fill('') }, /^The argument ids/],
    ['300,000 names', unknown(300_000), /^There is no argument "k0"\. .*"k9"\.$/],
    [
      '10 names that are long',
      Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`${'x'.repeat(39)}${i}`, 1])),
      /^There is no argument "x{39}0"\./,
    ],
  ])('%s', async (_, given, message) => {
    const told = await refusal(given);
    expect(told).toMatch(message);
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
