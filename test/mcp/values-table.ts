/** A type of PostgreSQL and what its values are in JSON. */
export interface ValueType {
  /** As docs/reference/values.md writes it. */
  readonly type: string;
  /** What it is in JSON. */
  readonly becomes: string;
  /** SQL expressions and the exact JSON text of each; the first is the page's example. */
  readonly cases: readonly ValueCase[];
}

/** An expression and its JSON. */
export type ValueCase = readonly [sql: string, json: string];

/** Types that some cases need, beside those that PostgreSQL has. */
export const valueTypesSetup: readonly string[] = [
  'CREATE SCHEMA kinds',
  `CREATE TYPE kinds.mood AS ENUM ('glad', 'so "so"')`,
  'CREATE TYPE kinds.pair AS (id int8, label text)',
  'CREATE DOMAIN kinds.price AS numeric(10, 2)',
  'CREATE DOMAIN kinds.small AS int2',
];

const digits = '123456789012345678901234567890';
const allBytes = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
const base64 = allBytes.toString('base64');
const hex = allBytes.toString('hex');

/** The numbers. */
const numbers: readonly ValueType[] = [
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
const texts: readonly ValueType[] = [
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
const times: readonly ValueType[] = [
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

/** Values that hold others. */
const holders: readonly ValueType[] = [
  {
    type: 'json, jsonb',
    becomes: 'what they hold',
    cases: [
      [`'{"a": [1, {"b": null}]}'::jsonb`, '{"a":[1,{"b":null}]}'],
      [`'{"a": [1, {"b": null}]}'::json`, '{"a":[1,{"b":null}]}'],
      [`'null'::json`, 'null'],
      [`'null'::jsonb`, 'null'],
      [`'"text"'::jsonb`, '"text"'],
      [`'"9223372036854775807 1e400"'::json`, '"9223372036854775807 1e400"'],
      [String.raw`'"\u00e9\u2028\ud83c\udfac \" \\ 1e5"'::json`, `"é\u2028🎬 ${String.raw`\" \\`} 1e5"`],
      [`'{"__proto__": {"a": 1}}'::json`, '{"__proto__":{"a":1}}'],
      [`'{"__proto__": {"a": 1}}'::jsonb`, '{"__proto__":{"a":1}}'],
      [`'{"constructor": 1, "a": 1, "a": 2}'::json`, '{"constructor":1,"a":2}'],
      ['to_json(7::int8)', '7'],
      [`json_build_object('id', 9007199254740993)`, '{"id":"9007199254740993"}'],
      [`'[9007199254740991, 0.1, 1e2, -5]'::json`, '[9007199254740991,0.1,100,-5]'],
    ],
  },
  {
    type: 'numbers inside them that a double does not hold',
    becomes: 'text',
    cases: [
      [`'{"id": ${digits}}'::jsonb`, `{"id":"${digits}"}`],
      [`'[${digits}, 0.${digits}]'::json`, `["${digits}","0.${digits}"]`],
      [`'1e400'::json`, '"1e400"'],
      [`'1e400'::jsonb`, `"1${'0'.repeat(400)}"`],
      [`'[9007199254740993]'::jsonb`, '["9007199254740993"]'],
    ],
  },
  {
    type: 'arrays',
    becomes: 'array of the same',
    cases: [
      ['ARRAY[9223372036854775807, NULL]', '["9223372036854775807",null]'],
      ['ARRAY[1, 2]', '[1,2]'],
      ['ARRAY[]::int4[]', '[]'],
      ['ARRAY[[1, 2], [3, 4]]', '[[1,2],[3,4]]'],
      [`'[5:6]={1,2}'::int4[]`, '[1,2]'],
      [`ARRAY[0.10, 'NaN']::numeric[]`, '["0.10","NaN"]'],
      [`ARRAY[0.1, 'NaN']::float8[]`, '[0.1,"NaN"]'],
      [
        String.raw`ARRAY['a"b', 'c,d', '{e}', 'f\', 'NULL', '', NULL]`,
        String.raw`["a\"b","c,d","{e}","f\\","NULL","",null]`,
      ],
      [`ARRAY[['a', 'b'], ['c', NULL]]`, '[["a","b"],["c",null]]'],
      [`ARRAY['2024-02-29', 'infinity']::date[]`, '["2024-02-29","infinity"]'],
      [`ARRAY['{"a": ${digits}}', '[1, "x"]']::jsonb[]`, `[{"a":"${digits}"},[1,"x"]]`],
      [String.raw`ARRAY['\x00', '\xff']::bytea[]`, '["AA==","/w=="]'],
      ['ARRAY[true, false]', '[true,false]'],
    ],
  },
  {
    type: 'arrays of enums, composites, domains and ranges',
    becomes: 'text',
    cases: [
      [`ARRAY['glad', NULL]::kinds.mood[]`, '"{glad,NULL}"'],
      [`ARRAY[ROW(1, 'a')]::kinds.pair[]`, String.raw`"{\"(1,a)\"}"`],
      [`ARRAY[0.5]::kinds.price[]`, '"{0.50}"'],
      [`ARRAY['[1,5)']::int4range[]`, String.raw`"{\"[1,5)\"}"`],
    ],
  },
  {
    type: 'ranges',
    becomes: 'text',
    cases: [
      [`'[1,5]'::int4range`, '"[1,6)"'],
      [`'empty'::int4range`, '"empty"'],
      [`'[2024-01-01,)'::daterange`, '"[2024-01-01,)"'],
      ['numrange(0.10, 9.90)', '"[0.10,9.90)"'],
    ],
  },
  {
    type: 'composite',
    becomes: 'text',
    cases: [
      [`ROW(9223372036854775807, 'a "b"')::kinds.pair`, String.raw`"(9223372036854775807,\"a \"\"b\"\"\")"`],
    ],
  },
  {
    type: 'domain',
    becomes: 'what its type becomes',
    cases: [
      ['0.5::kinds.price', '"0.50"'],
      ['7::kinds.small', '7'],
    ],
  },
  {
    type: 'point, circle',
    becomes: 'object',
    cases: [
      [`'(1.5,-2)'::point`, '{"x":1.5,"y":-2}'],
      [`'<(1,2),3>'::circle`, '{"x":1,"y":2,"radius":3}'],
    ],
  },
];

/** The mapping of docs/reference/values.md. */
export const valueTypes: readonly ValueType[] = [
  {
    type: 'NULL',
    becomes: 'null',
    cases: [
      ['NULL::int4', 'null'],
      ['NULL::jsonb', 'null'],
    ],
  },
  {
    type: 'bool',
    becomes: 'true or false',
    cases: [
      ['true', 'true'],
      ['false', 'false'],
    ],
  },
  ...numbers,
  ...texts,
  ...times,
  ...holders,
];
