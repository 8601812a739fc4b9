import type { ValueType } from './values-table';

export const digits = '123456789012345678901234567890';
const allBytes = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
const base64 = allBytes.toString('base64');
const hex = allBytes.toString('hex');

/** The numbers. */
export const numbers: readonly ValueType[] = [
  {
    type: 'int2',
    becomes: 'number',
    cases: [
      ['32767::int2', '32767'],
      ['(-32768)::int2', '-32768'],
    ],
  },
  {
    type: 'int4',
    becomes: 'number',
    cases: [
      ['2147483647', '2147483647'],
      ['(-2147483648)::int4', '-2147483648'],
    ],
  },
  {
    type: 'int8',
    becomes: 'text',
    cases: [
      ['9223372036854775807', '"9223372036854775807"'],
      ['(-9223372036854775808)::int8', '"-9223372036854775808"'],
      ['7::int8', '"7"'],
    ],
  },
  {
    type: 'numeric',
    becomes: 'text',
    cases: [
      ['0.1000', '"0.1000"'],
      [`${digits}.5`, `"${digits}.5"`],
      ['-0.000000000000000000000000000001', '"-0.000000000000000000000000000001"'],
      ['7::numeric', '"7"'],
      [`'NaN'::numeric`, '"NaN"'],
      [`'Infinity'::numeric`, '"Infinity"'],
      [`'-Infinity'::numeric`, '"-Infinity"'],
    ],
  },
  {
    type: 'float4',
    becomes: 'number',
    cases: [
      ['0.1::float4', '0.1'],
      ['3.4028235e38::float4', '3.4028235e+38'],
    ],
  },
  {
    type: 'float8',
    becomes: 'number',
    cases: [
      ['0.1::float8', '0.1'],
      ['5e-324::float8', '5e-324'],
      ['1.7976931348623157e308::float8', '1.7976931348623157e+308'],
      ['9007199254740993::float8', '9007199254740992'],
    ],
  },
  {
    type: 'float4, float8 that are no number',
    becomes: 'text',
    cases: [
      [`'NaN'::float8`, '"NaN"'],
      [`'Infinity'::float8`, '"Infinity"'],
      [`'-Infinity'::float8`, '"-Infinity"'],
      [`'NaN'::float4`, '"NaN"'],
      [`'-Infinity'::float4`, '"-Infinity"'],
    ],
  },
  { type: 'money', becomes: 'text', cases: [[`'1234567.89'::money`, '"$1,234,567.89"']] },
];

/** Text, and what is written like it. */
export const texts: readonly ValueType[] = [
  {
    type: 'text, varchar',
    becomes: 'text',
    cases: [
      [`'say "hi"'`, String.raw`"say \"hi\""`],
      [`''`, '""'],
      [String.raw`E'a\nb\tc\\d'`, String.raw`"a\nb\tc\\d"`],
      ['chr(8232)', '"\u2028"'],
      [`'🎬'`, '"🎬"'],
      [`chr(8238) || 'abc' || chr(8236)`, '"\u202eabc\u202c"'],
      ['chr(1)', String.raw`"\u0001"`],
      [`'5'`, '"5"'],
      [`'abc'::varchar(2)`, '"ab"'],
    ],
  },
  { type: 'char(n)', becomes: 'text, padded', cases: [[`'ab'::char(4)`, '"ab  "']] },
  {
    type: 'uuid',
    becomes: 'text',
    cases: [[`'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'::uuid`, '"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"']],
  },
  {
    type: 'enum',
    becomes: 'text',
    cases: [
      [`'glad'::kinds.mood`, '"glad"'],
      [`'so "so"'::kinds.mood`, String.raw`"so \"so\""`],
    ],
  },
  {
    type: 'inet, cidr, macaddr',
    becomes: 'text',
    cases: [
      [`'192.168.0.1/24'::inet`, '"192.168.0.1/24"'],
      [`'::1'::inet`, '"::1"'],
      [`'10.0.0.0/8'::cidr`, '"10.0.0.0/8"'],
      [`'08:00:2b:01:02:03'::macaddr`, '"08:00:2b:01:02:03"'],
    ],
  },
  {
    type: 'bytea',
    becomes: 'text, base64',
    cases: [
      [String.raw`'\xdeadbeef'::bytea`, '"3q2+7w=="'],
      [`''::bytea`, '""'],
      [`decode('${hex}', 'hex')`, `"${base64}"`],
    ],
  },
  {
    type: 'any other type',
    becomes: 'text',
    cases: [
      [`B'0101'`, '"0101"'],
      [`'tea lamp'::tsvector`, `"'lamp' 'tea'"`],
      [`'(1,2),(3,4)'::box`, '"(3,4),(1,2)"'],
      [`'1/FF'::pg_lsn`, '"1/FF"'],
    ],
  },
];

/** Dates and times. */
export const times: readonly ValueType[] = [
  {
    type: 'date',
    becomes: 'text',
    cases: [
      [`'2024-02-29'::date`, '"2024-02-29"'],
      [`'infinity'::date`, '"infinity"'],
      [`'-infinity'::date`, '"-infinity"'],
      [`'0044-03-15 BC'::date`, '"0044-03-15 BC"'],
      [`'5874897-12-31'::date`, '"5874897-12-31"'],
    ],
  },
  {
    type: 'timestamp',
    becomes: 'text',
    cases: [
      [`'2024-02-29 23:59:59.123456'::timestamp`, '"2024-02-29 23:59:59.123456"'],
      [`'infinity'::timestamp`, '"infinity"'],
      [`'-infinity'::timestamp`, '"-infinity"'],
      [`'0044-03-15 12:00 BC'::timestamp`, '"0044-03-15 12:00:00 BC"'],
      [`'294276-12-31 23:59:59.999999'::timestamp`, '"294276-12-31 23:59:59.999999"'],
    ],
  },
  {
    type: 'timestamptz',
    becomes: 'text',
    cases: [
      [`'2024-02-29 23:59:59.123456+05:30'::timestamptz`, '"2024-02-29 18:29:59.123456+00"'],
      [`'infinity'::timestamptz`, '"infinity"'],
      [`'-infinity'::timestamptz`, '"-infinity"'],
      [`'0044-03-15 12:00+00 BC'::timestamptz`, '"0044-03-15 12:00:00+00 BC"'],
      [`'294276-12-31 23:59:59.999999+00'::timestamptz`, '"294276-12-31 23:59:59.999999+00"'],
    ],
  },
  {
    type: 'time, timetz',
    becomes: 'text',
    cases: [
      [`'23:59:59.999999'::time`, '"23:59:59.999999"'],
      [`'24:00'::time`, '"24:00:00"'],
      [`'23:59:59.999999-12:30'::timetz`, '"23:59:59.999999-12:30"'],
    ],
  },
  {
    type: 'interval',
    becomes: 'text',
    cases: [
      [`'1 year -2 months 3 days -04:05:06.789012'::interval`, '"10 mons 3 days -04:05:06.789012"'],
      [`'0'::interval`, '"00:00:00"'],
    ],
  },
];
