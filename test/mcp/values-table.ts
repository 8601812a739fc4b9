import { digits, numbers, texts, times } from './values-scalars';

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
      [`ARRAY['a b', NULL]::name[]`, '["a b",null]'],
      [`ARRAY[B'01', B'10']::bit(2)[]`, '["01","10"]'],
      [`ARRAY[B'01']::varbit[]`, '["01"]'],
      [`ARRAY['08:00:2b:01:02:03:04:05']::macaddr8[]`, '["08:00:2b:01:02:03:04:05"]'],
      [`ARRAY['(1,1),(0,0)', NULL, '(3,3),(2,2)']::box[]`, '["(1,1),(0,0)",null,"(3,3),(2,2)"]'],
      [`ARRAY[['(1,1),(0,0)'], ['(3,3),(2,2)']]::box[]`, '[["(1,1),(0,0)"],["(3,3),(2,2)"]]'],
      ['ARRAY[]::box[]', '[]'],
      [`ARRAY['((0,0),(1,1))']::polygon[]`, '["((0,0),(1,1))"]'],
      [`ARRAY['''a b'':1 c', NULL]::tsvector[]`, `["'a b':1 'c'",null]`],
      [`ARRAY['a & b']::tsquery[]`, `["'a' & 'b'"]`],
      [`ARRAY['<a/>']::xml[]`, '["<a/>"]'],
      [`ARRAY['$.a']::jsonpath[]`, String.raw`["$.\"a\""]`],
      [`ARRAY['[1,5)', 'empty']::int4range[]`, '["[1,5)","empty"]'],
      [`ARRAY['{[1,2),[3,4)}']::int4multirange[]`, '["{[1,2),[3,4)}"]'],
      [`ARRAY['int4'::regtype]`, '["integer"]'],
    ],
  },
  {
    type: 'arrays of your own types',
    becomes: 'text',
    cases: [
      [`ARRAY['glad', NULL]::kinds.mood[]`, '"{glad,NULL}"'],
      [`ARRAY[ROW(1, 'a')]::kinds.pair[]`, String.raw`"{\"(1,a)\"}"`],
      [`ARRAY[0.5]::kinds.price[]`, '"{0.50}"'],
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
    becomes: 'text',
    cases: [
      [`'(1.5,-2)'::point`, '"(1.5,-2)"'],
      [`'(Infinity,NaN)'::point`, '"(Infinity,NaN)"'],
      [`'<(1,2),3>'::circle`, '"<(1,2),3>"'],
      [`ARRAY['(1,2)'::point, NULL]`, '["(1,2)",null]'],
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
