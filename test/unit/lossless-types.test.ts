import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { losslessTypes } from '../../src/sdk/database/values';

/** Values as PostgreSQL writes them, by OID of their type. */
const values: readonly (readonly [type: string, oid: number, text: string, read: unknown])[] = [
  ['bool', 16, 't', true],
  ['bool', 16, 'f', false],
  ['bool[]', 1000, '{t,NULL,f}', [true, null, false]],
  ['int2', 21, '-32768', -32768],
  ['int2[]', 1005, '{1,NULL}', [1, null]],
  ['int4', 23, '2147483647', 2147483647],
  ['int4[]', 1007, '{1,NULL}', [1, null]],
  ['oid', 26, '4294967295', 4294967295],
  ['oid[]', 1028, '{4294967295}', [4294967295]],
  ['int8', 20, '9007199254740993', '9007199254740993'],
  ['int8[]', 1016, '{9007199254740993,NULL}', ['9007199254740993', null]],
  ['numeric', 1700, '0.10', '0.10'],
  ['text', 25, 'x', 'x'],
  ['text[]', 1009, '{x,NULL}', ['x', null]],
  ['varchar', 1043, 'x', 'x'],
  ['varchar[]', 1015, '{x,NULL}', ['x', null]],
  ['char(n)[]', 1014, '{"x ",NULL}', ['x ', null]],
  ['uuid', 2950, 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'],
  ['uuid[]', 2951, '{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}', ['a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11']],
  ['money[]', 791, '{$1.00}', ['$1.00']],
  ['inet[]', 1041, '{::1}', ['::1']],
  ['bytea', 17, '\\xdeadbeef', '3q2+7w=='],
  ['bytea, escaped', 17, 'a\\\\b\\000\\377', Buffer.from([97, 92, 98, 0, 255]).toString('base64')],
  ['bytea[]', 1001, '{"\\\\xdeadbeef"}', ['3q2+7w==']],
  ['int4range[]', 3905, '{"[1,5)"}', ['[1,5)']],
  ['box[]', 1020, '{(1,1),(0,0);NULL}', ['(1,1),(0,0)', null]],
  ['a type of its own', 123_456, '{glad}', '{glad}'],
];

const ofTheDriver = values.map(([, oid]) => [oid, pg.types.getTypeParser(oid)] as const);

describe.each(['as the driver has them', 'as an application has set them'])('parsers %s', (which) => {
  beforeAll(() => {
    if (which.startsWith('as the driver')) return;
    for (const [oid] of ofTheDriver) pg.types.setTypeParser(oid, () => 'another');
  });
  afterAll(() => {
    for (const [oid, parse] of ofTheDriver) pg.types.setTypeParser(oid, parse as (text: string) => unknown);
  });

  test.each(values)('%s (%d) %s', (_, oid, text, read) => {
    expect(losslessTypes.getTypeParser(oid)(text)).toEqual(read);
  });
});

test('a document of JSON may hold texts of any length beside a long number', () => {
  const long = 'x\\"'.repeat(6_000_000);
  const read = losslessTypes.getTypeParser(114)(`{"text": "${long}", "n": 9007199254740993}`) as {
    text: string;
    n: string;
  };
  expect(read.n).toBe('9007199254740993');
  expect(read.text.length).toBe(12_000_000);
});
