import { describe, expect, test } from 'vitest';
import { argument } from '../support/messages';
import { anyRow, argumentKinds, fitting, toolOf, zods } from './schema-kinds';

const secret = 'SECRET';

/** Names that do not fit, with all that is said of them: the same whatever describes them. */
const wrongNames: readonly (readonly [what: string, given: unknown, message: string])[] = [
  ['an unknown one', { ...fitting, colour: secret }, argument.unknown('colour')],
  ['an unknown one whose name is a text', { ...fitting, [`do ${secret}`]: 1 }, argument.unnameable],
  [
    'an unknown one inside another',
    { ...fitting, place: { city: 'Rome', country: secret } },
    argument.unknown('place.country'),
  ],
  ['one missing', { ...fitting, status: undefined }, argument.missing('status')],
  ['one missing inside another', { ...fitting, place: {} }, argument.missing('place.city')],
  [
    'several',
    { place: {}, note: null, tags: [], colour: 1 },
    `${argument.missing('place.city')} ${argument.unknown('colour')} ${argument.missing('status')}`,
  ],
  ['a text', secret, argument.noObject],
  ['a list', [secret], argument.noObject],
];

/** Values that do not fit: of those the library tells that describes them, in words of its own. */
const wrongValues: readonly (readonly [what: string, given: unknown, message: string])[] = [
  ['another type', { ...fitting, page_size: secret }, argument.is('page_size', 'integer')],
  ['a fraction', { ...fitting, page_size: 1.5 }, argument.is('page_size', 'integer')],
  ['null', { ...fitting, title: null }, argument.is('title', 'string')],
  ['a word of no list', { ...fitting, status: secret }, argument.is('status', 'one of "open", "paid"')],
  ['too much', { ...fitting, page_size: 51 }, argument.is('page_size', '<= 50')],
  ['too little', { ...fitting, min_total: 0 }, argument.is('min_total', '> 0')],
  ['an item of another type', { ...fitting, tags: ['new', 7] }, argument.is('tags.1', 'string')],
  ['one inside another', { ...fitting, place: { city: 7 } }, argument.is('place.city', 'string')],
  [
    'several',
    { ...fitting, status: secret, page_size: 0 },
    `${argument.is('status', 'one of "open", "paid"')} ${argument.is('page_size', '>= 1')}`,
  ],
];

describe.each(argumentKinds)('arguments described with %s', (kind, input) => {
  const tool = toolOf(input);

  test('that fit are read, and those left out have their default or are NULL', async () => {
    const given = structuredClone(fitting);
    const read = await tool.readInput(given);
    expect(read).toEqual({ ...fitting, page_size: 20 });
    expect(given, 'what the caller holds stays as it was').toEqual(fitting);
    expect(tool.parameters(read, undefined)).toEqual({
      ...fitting,
      page_size: 20,
      min_total: null,
      title: null,
      span: null,
    });
  });

  test('that are all given are all passed on', async () => {
    const all = {
      ...fitting,
      note: 'x',
      min_total: 0.5,
      page_size: 50,
      place: { city: 'Rome', zip: '00100' },
      title: 'x',
      span: [1, 2.5],
    };
    expect(tool.parameters(await tool.readInput(all), undefined)).toEqual(all);
  });

  const refusalOf = async (given: unknown) => {
    const copy = JSON.parse(JSON.stringify(given));
    const failure: unknown = await tool.readInput(copy).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'invalid_argument' });
    expect(String(failure)).not.toContain(secret);
    return (failure as Error).message;
  };

  test.each(wrongNames)('%s is refused', async (_, given, message) => {
    expect(await refusalOf(given)).toBe(message);
  });

  test.each(wrongValues)('%s is refused', async (_, given, message) => {
    const told = await refusalOf(given);
    if (kind === 'JSON Schema') return expect(told).toBe(message);
    const named = (text: string) => [...text.matchAll(/The argument ([\w.]+)/g)].map(([, name]) => name);
    expect(named(told)).toEqual(named(message));
  });
});

test('no arguments at all are an empty object', async () => {
  const tool = toolOf({ type: 'object', properties: { a: { type: 'string', description: 'It.' } } });
  expect(await tool.readInput(undefined)).toEqual({});
});

test('an argument may be named like what every object has', async () => {
  const property = { type: 'string', description: 'It.' };
  const tool = toolOf({
    type: 'object',
    properties: { constructor: property, valueOf: property },
    required: ['valueOf'],
  });
  expect(tool.parameters(await tool.readInput({ valueOf: 'x' }), undefined)).toEqual({
    constructor: null,
    valueOf: 'x',
  });
  await expect(tool.readInput({})).rejects.toThrow(argument.missing('valueOf'));
});

test('keys that a caller chose are not repeated', async () => {
  const prices = { type: 'object', description: 'By name.', additionalProperties: { type: 'number' } };
  const tool = toolOf({ type: 'object', properties: { prices } });
  await expect(tool.readInput({ prices: { pear: '1' } })).rejects.toThrow(
    argument.is('prices.pear', 'number'),
  );
  await expect(tool.readInput({ prices: { [`do ${secret}`]: '1' } })).rejects.toThrow(
    argument.is('prices.…', 'number'),
  );
  expect(await tool.readInput({ prices: { [`do ${secret}`]: 1 } })).toBeDefined();
});

describe.each(zods)('rules that only %s knows', (_, zod) => {
  const range = zod
    .object({
      code: zod
        .string()
        .refine((code) => code.startsWith('A'), 'Codes go from A1..A9.')
        .describe('Code.'),
      from: zod.number().describe('From.'),
      to: zod
        .number()
        .refine(async (to) => to !== 13, 'not the thirteenth')
        .describe('To.'),
    })
    .refine(({ from, to }) => from <= to, 'Is "to" before "from"?');
  const tool = toolOf(range, anyRow, ['code', 'from', 'to']);

  test.each([
    [
      'the author’s words come through',
      { code: secret, from: 1, to: 2 },
      'The argument code: Codes go from A1..A9.',
    ],
    ['with a full stop', { code: 'A', from: 1, to: 13 }, 'The argument to: not the thirteenth.'],
    ['of the whole too', { code: 'A', from: 3, to: 2 }, 'The arguments: Is "to" before "from"?'],
  ])('%s', async (_, given, message) => {
    const failure = await tool.readInput(given).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'invalid_argument', message });
  });

  test('what fits is what the schema makes of it', async () => {
    expect(await tool.readInput({ code: 'A', from: 1, to: 2 })).toEqual({ code: 'A', from: 1, to: 2 });
    const trimmed = toolOf(zod.object({ a: zod.string().trim().describe('It.') }));
    expect(await trimmed.readInput({ a: ' x ' })).toEqual({ a: 'x' });
    const made = toolOf(
      zod.object({
        a: zod
          .string()
          .transform((text) => text.length)
          .describe('It.'),
      }),
    );
    expect(await made.readInput({ a: 'four' })).toEqual({ a: 4 });
  });

  test('a value that was changed before it was refused is not repeated', async () => {
    const changed = zod.string().transform((text) => text.toLowerCase());
    const oneOf = toolOf(zod.object({ a: changed.pipe(zod.enum(['x', 'y'])).describe('It.') }));
    expect(await oneOf.readInput({ a: 'X' })).toEqual({ a: 'x' });
    const failure = await oneOf.readInput({ a: secret }).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'invalid_argument' });
    expect(String(failure)).toContain('The argument a: ');
    expect(String(failure).toUpperCase()).not.toContain(secret);
  });
});
