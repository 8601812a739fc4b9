import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { losslessTypes } from '../../src/sdk/database/values';

const oid = { json: 114, jsonb: 3802, jsonArray: 199, jsonbArray: 3807 };
const parse = (type: number, text: string) => losslessTypes.getTypeParser(type)(text);

/** A value of JSON as it may be written, with the check of what is read. */
interface Written {
  readonly text: string;
  check(read: unknown): void;
}

/** A decimal number without a point and without the zeros at its ends: equal for equal values, however they are written. */
function decimal(literal: string): string {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(literal) ?? expect.fail(literal);
  const digits = `${whole}${fraction}`.replace(/^0+/, '');
  if (digits === '') return '0';
  const significant = digits.replace(/0+$/, '');
  const power = BigInt(exponent) - BigInt(fraction.length) + BigInt(digits.length - significant.length);
  return `${sign}${significant}e${power}`;
}

const digit = fc.constantFrom(...'0123456789');
const digits = (constraints: { minLength: number; maxLength: number }) =>
  fc.array(digit, constraints).map((all) => all.join(''));
const fraction = fc.oneof(
  fc.constant(''),
  digits({ minLength: 1, maxLength: 25 }).map((all) => `.${all}`),
);
const exponent = fc.oneof(
  { weight: 3, arbitrary: fc.constant('') },
  fc
    .tuple(fc.constantFrom('e', 'E'), fc.constantFrom('', '+', '-'), fc.integer({ min: 0, max: 420 }))
    .map((parts) => parts.join('')),
);
const whole = digits({ minLength: 1, maxLength: 25 }).map((all) => all.replace(/^0+(?=\d)/, ''));
const literal = fc.oneof(
  fc.tuple(fc.constantFrom('', '-'), whole, fraction, exponent).map((parts) => parts.join('')),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
  fc.constantFrom(
    '9007199254740991',
    '9007199254740992',
    '9007199254740993',
    '-9007199254740993',
    '1e400',
    '-1e-400',
    '5e-324',
    '1.7976931348623157e308',
    '0.1000000000000000055511151231257827',
    '-0.0',
    '0e9999',
    '1E5',
    '100000000000000000000',
  ),
);

const number: fc.Arbitrary<Written> = literal.map((text) => ({
  text,
  check: (read) => {
    if (typeof read === 'string') expect(read).toBe(text);
    else expect([typeof read, decimal(JSON.stringify(read))]).toEqual(['number', decimal(text)]);
  },
}));

/** Text that looks like numbers, with everything that JSON has to write it. */
const piece = fc.oneof(
  literal,
  fc.constantFrom(
    '"',
    '\\',
    '\\"',
    '\n',
    '{',
    '}',
    '[',
    ']',
    ':',
    ',',
    ' ',
    'é',
    '🎬',
    '\u2028',
    '1e5',
    '\\u0031',
  ),
  fc.string({ maxLength: 5 }),
);
const plain = fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.join(''));
const escaped = (text: string) =>
  [...text]
    .map((each) => (each.length > 1 ? each : `\\u${each.charCodeAt(0).toString(16).padStart(4, '0')}`))
    .join('');
const string = fc
  .tuple(plain, fc.boolean())
  .map(([value, isEscaped]) => ({ value, text: isEscaped ? `"${escaped(value)}"` : JSON.stringify(value) }));

const space = fc.constantFrom('', '', ' ', '\n', '\t ');

const document = fc.letrec<{ value: Written }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    number,
    string.map(({ value, text }): Written => ({ text, check: (read) => expect(read).toBe(value) })),
    fc
      .constantFrom(true, false, null)
      .map((value): Written => ({ text: String(value), check: (read) => expect(read).toBe(value) })),
    fc.tuple(fc.array(tie('value'), { maxLength: 5 }), space).map(
      ([items, gap]): Written => ({
        text: `[${gap}${items.map(({ text }) => text).join(`${gap},`)}${gap}]`,
        check: (read) => {
          expect(read).toHaveLength(items.length);
          for (const [i, item] of items.entries()) item.check((read as unknown[])[i]);
        },
      }),
    ),
    fc
      .tuple(
        fc.uniqueArray(fc.tuple(string, tie('value')), { maxLength: 5, selector: ([key]) => key.value }),
        space,
      )
      .map(
        ([entries, gap]): Written => ({
          text: `{${entries.map(([key, { text }]) => `${gap}${key.text}${gap}:${gap}${text}`).join(',')}${gap}}`,
          check: (read) => {
            const found = new Map(Object.entries(read as object));
            expect([...found.keys()].sort()).toEqual(entries.map(([key]) => key.value).sort());
            for (const [key, { check }] of entries) check(found.get(key.value));
          },
        }),
      ),
  ),
})).value;

/** As PostgreSQL writes an element of an array. */
const element = (text: string) => `"${text.replace(/["\\]/g, '\\$&')}"`;

describe('documents of JSON', () => {
  test('every number keeps its value, as a number or as text, and everything else is what JSON.parse gives', () => {
    fc.assert(
      fc.property(document, fc.constantFrom(oid.json, oid.jsonb), ({ text, check }, type) => {
        check(parse(type, text));
      }),
      { numRuns: 3_000 },
    );
  });

  test('in arrays too', () => {
    fc.assert(
      fc.property(
        fc.array(document, { maxLength: 4 }),
        fc.constantFrom(oid.jsonArray, oid.jsonbArray),
        (documents, type) => {
          const read = parse(type, `{${documents.map(({ text }) => element(text)).join(',')}}`) as unknown[];
          expect(read).toHaveLength(documents.length);
          for (const [i, { check }] of documents.entries()) check(read[i]);
        },
      ),
      { numRuns: 500 },
    );
  });

  test.each<[text: string, read: unknown]>([
    ['1', 1],
    ['-1.5', -1.5],
    ['1e2', 100],
    ['0.1', 0.1],
    ['123456789012345', 123456789012345],
    ['9007199254740991', 9007199254740991],
    ['9007199254740993', '9007199254740993'],
    ['0.1234567890123456789', '0.1234567890123456789'],
    ['1e400', '1e400'],
    ['[1e-400, -1e400]', ['1e-400', '-1e400']],
    ['"9007199254740993"', '9007199254740993'],
    ['"a \\" 9007199254740993 \\\\"', 'a " 9007199254740993 \\'],
    ['{"9007199254740993": 9007199254740993}', { '9007199254740993': '9007199254740993' }],
    ['{"__proto__": 9007199254740993}', JSON.parse('{"__proto__": "9007199254740993"}')],
  ])('%s', (text, read) => {
    for (const type of [oid.json, oid.jsonb]) expect(parse(type, text)).toEqual(read);
  });

  test('a number is no text where it need not be', () => {
    const short = fc
      .tuple(fc.integer({ min: -99999999, max: 99999999 }), fc.integer({ min: -250, max: 250 }))
      .map(([significant, power]) => `${significant}e${power}`);
    fc.assert(
      fc.property(short, (text) => {
        expect(parse(oid.jsonb, text)).toBe(Number(text));
      }),
    );
  });
});

/** Arrays as PostgreSQL writes them, with what is read, by OID of their type. */
const arrays: readonly (readonly [type: string, array: number, text: string, read: unknown[]])[] = [
  [
    'numeric',
    1231,
    '{1.10,NULL,NaN,9007199254740993.5,-Infinity}',
    ['1.10', null, 'NaN', '9007199254740993.5', '-Infinity'],
  ],
  ['int8', 1016, '{1,NULL,9007199254740993}', ['1', null, '9007199254740993']],
  ['int4', 1007, '{1,NULL,-2147483648}', [1, null, -2147483648]],
  [
    'date',
    1182,
    '{2026-01-31,NULL,infinity,"0044-03-15 BC"}',
    ['2026-01-31', null, 'infinity', '0044-03-15 BC'],
  ],
  ['time', 1183, '{23:59:59.999999}', ['23:59:59.999999']],
  ['timestamp', 1115, '{"2026-01-31 23:59:59.123456",NULL}', ['2026-01-31 23:59:59.123456', null]],
  ['timestamptz', 1185, '{"2026-01-31 23:59:59.123456+00",NULL}', ['2026-01-31 23:59:59.123456+00', null]],
  ['interval', 1187, '{"1 mon 3 days","-04:05:06"}', ['1 mon 3 days', '-04:05:06']],
  ['bytea', 1001, '{"\\\\xdeadbeef",NULL,"\\\\x"}', ['3q2+7w==', null, '']],
  ['float4', 1021, '{0.1,NaN,-Infinity}', [0.1, 'NaN', '-Infinity']],
  [
    'float8',
    1022,
    '{1.5,NaN,Infinity,-Infinity,NULL,5e-324}',
    [1.5, 'NaN', 'Infinity', '-Infinity', null, 5e-324],
  ],
  ['text', 1009, '{"NULL",NULL,"a,\\"b\\""}', ['NULL', null, 'a,"b"']],
];

describe('arrays are arrays of what their type becomes', () => {
  test.each(arrays)('%s[]', (_, array, text, read) => {
    expect(parse(array, text)).toEqual(read);
    expect(parse(array, '{}')).toEqual([]);
    expect(parse(array, `{${text},${text}}`), 'nested').toEqual([read, read]);
    expect(parse(array, `{{${text}},{${text}}}`), 'twice').toEqual([[read], [read]]);
    expect(parse(array, `[0:${read.length - 1}]=${text}`), 'with bounds of its own').toEqual(read);
    expect(JSON.parse(JSON.stringify(parse(array, text))), 'JSON holds it').toEqual(read);
  });
});
