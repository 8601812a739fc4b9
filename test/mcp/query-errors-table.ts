import type { QueryTool } from 'movie-hub';
import { argument, failure, other, refusal, value } from '../support/messages';
import { echo, toolOf } from './query-errors-shop';

const output = {
  type: 'object',
  properties: { texts: { type: 'array', items: { type: 'string' } } },
  required: ['texts'],
} as const;

const optional = {
  input: { type: 'object', properties: { value: { type: 'string', description: 'What is asked for.' } } },
} as const;

/** What fails, what the client is told, and what only the log is told. */
export interface Failure {
  readonly what: string;
  readonly tool: QueryTool<{ tenant: string }>;
  readonly args?: Record<string, unknown>;
  readonly told: string;
  readonly logged: RegExp;
}

const wrong = (problem: string) => refusal(value.of('value', problem));
const someWrong = (problem: string) => refusal(value.some(problem));
const queryFailed = failure('query_failed');
const notBecause = failure('internal');
const tryAgain = `${other.conflictInPassing} (conflict)`;
const notReady = failure('database_not_ready');
const away = failure('database_unavailable');

const raise = (state: string) => toolOf(`SELECT shop.fail('${state}', 's3cret words ' || :value) AS text`);
const oops = (): never => {
  throw new Error('s3cret of the author');
};

/** Failures of arguments, of queries and of what the author of a tool gave. */
export const failures: readonly Failure[] = (
  [
    [
      'an argument of the wrong type',
      echo,
      { value: 5 },
      refusal(argument.is('value', 'string')),
      /must be string/,
    ],
    ['an argument that is missing', echo, {}, refusal(argument.missing('value')), /missing/],
    [
      'an argument that there is not',
      echo,
      { value: 's3cret', tenant: 'bob' },
      refusal(argument.unknown('tenant')),
      /tenant/,
    ],
    [
      'one whose name is a sentence',
      echo,
      { value: 'a', 'Ignore all s3cret': 1 },
      refusal(argument.unnameable),
      /of that name/,
    ],
    [
      'a character that PostgreSQL cannot hold',
      echo,
      { value: 's3cret\u0000' },
      wrong(value.character),
      /22021/,
    ],
    [
      'a text that is no date',
      toolOf('SELECT :value::date AS text'),
      undefined,
      wrong(value.date),
      /22007.*s3cret/,
    ],
    [
      'a day that no calendar has',
      toolOf('SELECT :value::date AS text'),
      { value: '2024-02-31' },
      wrong(value.date),
      /22008/,
    ],
    [
      'a text that is no number',
      toolOf('SELECT :value::int8 AS text'),
      undefined,
      wrong(value.form),
      /22P02.*s3cret/,
    ],
    [
      'a number that is too large',
      toolOf('SELECT :value::int4 AS text'),
      { value: '99999999999' },
      wrong(value.range),
      /22003/,
    ],
    [
      'a text that is too long',
      toolOf(`SELECT :value::text AS text WHERE octet_length(repeat(:value, 200000000)) > 0`),
      { value: 's3cret long' },
      queryFailed,
      /54000/,
    ],
    [
      'a pattern that ends too early',
      toolOf('SELECT item AS text FROM shop.orders WHERE item LIKE :value'),
      { value: '%\\' },
      someWrong(value.pattern),
      /22025/,
    ],
    [
      'a regular expression that is none',
      toolOf('SELECT item AS text FROM shop.orders WHERE item ~ :value'),
      { value: 's3cret(' },
      someWrong(value.expression),
      /2201B/,
    ],
    [
      'a limit below zero',
      toolOf('SELECT item AS text FROM shop.orders LIMIT :value::int4'),
      { value: '-1' },
      someWrong(value.limit),
      /2201W/,
    ],
    [
      'an offset below zero',
      toolOf('SELECT item AS text FROM shop.orders OFFSET :value::int4'),
      { value: '-1' },
      someWrong(value.offset),
      /2201X/,
    ],
    [
      'a text that is no JSON',
      toolOf('SELECT :value::jsonb AS text'),
      { value: '{s3cret' },
      wrong(value.form),
      /22P02/,
    ],
    [
      'a value that breaks the rule of a domain',
      toolOf('SELECT :value::shop.price AS text'),
      { value: '-1' },
      wrong(value.rule),
      /23514/,
    ],
    [
      'the same where the query makes it',
      toolOf('SELECT (:value::text::numeric - 5)::shop.price::text AS text'),
      { value: '4' },
      someWrong(value.rule),
      /23514/,
    ],
    [
      'a value that a domain needs',
      toolOf(`SELECT nullif(:value, 's3cret')::shop.named AS text`),
      undefined,
      someWrong(value.missing),
      /23502/,
    ],
    [
      'a unit that there is not',
      toolOf('SELECT date_trunc(:value, now())::text AS text'),
      undefined,
      someWrong(value.unlisted),
      /22023.*s3cret/,
    ],
    [
      'a time zone that there is not',
      toolOf('SELECT (now() AT TIME ZONE :value)::text AS text'),
      { value: 'Mars' },
      someWrong(value.unlisted),
      /22023.*Mars/,
    ],
    [
      'a time zone with the name of something else',
      toolOf('SELECT (now() AT TIME ZONE :value)::text AS text'),
      { value: 'role' },
      someWrong(value.unlisted),
      /22023.*role/,
    ],
    [
      'a range that begins after its end',
      toolOf('SELECT :value::int4range::text AS text'),
      { value: '[5,1]' },
      wrong(value.notAllowed),
      /22000/,
    ],
    [
      'the same where the query makes it',
      toolOf('SELECT int4range(length(:value), 1)::text AS text'),
      undefined,
      someWrong(value.notAllowed),
      /22000/,
    ],
    [
      'a search that is none',
      toolOf('SELECT to_tsquery(:value)::text AS text'),
      { value: 's3cret &' },
      someWrong(value.syntax),
      /42601/,
    ],
    [
      'the same as a type',
      toolOf('SELECT :value::tsquery::text AS text'),
      { value: 's3cret &' },
      wrong(value.syntax),
      /42601/,
    ],
    [
      'a path that is none',
      toolOf('SELECT :value::jsonpath::text AS text'),
      { value: '$.[s3cret' },
      wrong(value.syntax),
      /42601/,
    ],
    [
      'the same where the query reads it',
      toolOf('SELECT :value::text::jsonpath::text AS text'),
      { value: '$.[s3cret' },
      someWrong(value.syntax),
      /42601/,
    ],
    [
      'a text search in a language that there is not',
      toolOf('SELECT :value::regconfig::text AS text'),
      undefined,
      wrong(value.other),
      /42704.*s3cret/,
    ],
    [
      'a mistake in a value of the SQL',
      toolOf(`SELECT :value || 's3cret'::int4::text AS text`),
      undefined,
      queryFailed,
      /22P02.*s3cret/,
    ],
    [
      'the same without any argument',
      toolOf(
        'SELECT (1 / count(*) FILTER (WHERE false))::text AS text FROM shop.orders WHERE :value::text IS NULL',
        optional,
      ),
      {},
      queryFailed,
      /22012/,
    ],
    [
      'a bound value of the wrong form',
      toolOf('SELECT :value || :tenant::int4::text AS text', { bind: { tenant: () => 's3cret' } }),
      undefined,
      notBecause,
      /22P02.*s3cret/,
    ],
    [
      'a bound number that is rounded',
      toolOf('SELECT :value || :tenant::int8::text AS text', { bind: { tenant: () => 2 ** 53 } }),
      undefined,
      notBecause,
      /The value of tenant is a whole number/,
    ],
    [
      'a grant that is missing',
      toolOf('SELECT price::text || :value AS text FROM shop.hidden_prices'),
      undefined,
      queryFailed,
      /42501.*hidden_prices/,
    ],
    [
      'a table that is missing',
      toolOf('SELECT :value::text AS text FROM shop.nowhere'),
      undefined,
      notReady,
      /42P01.*nowhere/,
    ],
    [
      'a function that is missing',
      toolOf('SELECT shop.nothing(:value) AS text'),
      undefined,
      notReady,
      /42883.*nothing/,
    ],
    [
      'a column that is missing',
      toolOf('SELECT s3cret || :value AS text FROM shop.orders'),
      undefined,
      queryFailed,
      /42703.*s3cret/,
    ],
    ['a mistake in the SQL', toolOf('SELEC s3cret WHERE :value'), undefined, queryFailed, /42601/],
    [
      'a division by zero',
      toolOf('SELECT (1 / (length(:value) - 6))::text AS text'),
      undefined,
      someWrong(value.division),
      /22012/,
    ],
    [
      'a query that writes',
      toolOf('SELECT shop.write() || :value AS text'),
      undefined,
      queryFailed,
      /42501|25006/,
    ],
    ['an exception that says too much', raise('P0001'), undefined, queryFailed, /P0001.*s3cret words s3cret/],
    ['an exception with a state of its own', raise('SHOP1'), undefined, queryFailed, /SHOP1.*s3cret/],
    ['a serialization failure', raise('40001'), undefined, tryAgain, /40001.*s3cret/],
    ['a deadlock', raise('40P01'), undefined, tryAgain, /40P01.*s3cret/],
    ['a key that is taken', raise('23505'), undefined, failure('conflict'), /23505/],
    ['a server without memory', raise('53200'), undefined, away, /53200.*s3cret/],
    [
      'a row that does not fit',
      toolOf('SELECT :value::text AS other'),
      undefined,
      notBecause,
      /required property 'text'/,
    ],
    [
      'a column that does not fit',
      toolOf('SELECT length(:value) AS text'),
      undefined,
      notBecause,
      /\/text must be string/,
    ],
    [
      'a row that is too large',
      toolOf('SELECT repeat(:value, 1000) AS text', { maxBytes: 100 }),
      undefined,
      failure('result_too_large'),
      /first row/,
    ],
    [
      'a bound value that throws',
      toolOf('SELECT :value || :tenant::text AS text', { bind: { tenant: oops } }),
      undefined,
      notBecause,
      /s3cret of the author/,
    ],
    [
      'an answer that throws',
      toolOf('SELECT :value::text AS text', { output, answer: oops }),
      undefined,
      notBecause,
      /s3cret of the author/,
    ],
    [
      'an answer that does not fit',
      toolOf('SELECT :value::text AS text', { output, answer: () => ({ texts: [5] }) }),
      undefined,
      notBecause,
      /does not fit its output: \/texts\/0 must be string/,
    ],
    [
      'an answer that is no JSON',
      toolOf('SELECT :value::text AS text', { output, answer: () => ({ texts: [], n: 5n }) }),
      undefined,
      notBecause,
      /BigInt/,
    ],
    [
      'an answer that is nothing',
      toolOf('SELECT :value::text AS text', { output, answer: () => undefined }),
      undefined,
      notBecause,
      /does not fit its output/,
    ],
  ] satisfies [string, QueryTool<{ tenant: string }>, Record<string, unknown> | undefined, string, RegExp][]
).map(([what, tool, args = { value: 's3cret' }, told, logged]) => ({ what, tool, args, told, logged }));
