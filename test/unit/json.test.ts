import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isPlainJson, jsonBytes } from '../../src/sdk/json';

const anything = fc.anything({
  stringUnit: 'binary',
  withNullPrototype: true,
  withDate: true,
  withSparseArray: true,
});
const json = fc.jsonValue({ stringUnit: 'binary' });

test('the size of a value is that of its text', () => {
  fc.assert(
    fc.property(fc.oneof(json, anything), (value) => {
      const text = JSON.stringify(value);
      fc.pre(text !== undefined);
      expect(jsonBytes(value)).toBe(Buffer.byteLength(text));
    }),
  );
});

test('a plain value comes back from its text as it was', () => {
  fc.assert(
    fc.property(fc.oneof(json, anything), (value) => {
      if (isPlainJson(value)) expect(JSON.parse(JSON.stringify(value))).toEqual(value);
    }),
  );
});

test.each([
  ['text', 'text', true],
  ['lists and objects', { a: [1, null, true, { b: 'x' }] }, true],
  ['an object without a prototype', Object.create(null), true],
  ['undefined', { a: undefined }, false],
  ['a date', { a: new Date(0) }, false],
  ['-0', { a: -0 }, false],
  ['NaN', { a: Number.NaN }, false],
  ['a bigint', { a: 1n }, false],
  ['a map', { a: new Map() }, false],
  ['a conversion of its own', { toJSON: () => 1 }, false],
  ['a list with holes', new Array(2), false],
])('%s', (_, value, isPlain) => {
  expect(isPlainJson(value)).toBe(isPlain);
});

test('a value that contains itself is not plain', () => {
  const value: unknown[] = [];
  value.push({ value });
  expect(isPlainJson(value)).toBe(false);
});
