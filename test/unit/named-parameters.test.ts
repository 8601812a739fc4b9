import fc from 'fast-check';
import { defineQuery, movieEntitlements, runQuery, type Scope, withEntitlements } from 'movie-hub';
import { describe, expect, test } from 'vitest';
import type { QueryParameters } from '../../src/sdk/database/query';
import { runsOf } from '../support/lane';

const define = (sql: string, ...parameters: string[]) =>
  defineQuery<object, QueryParameters>({ name: 'q', sql, parameters });

describe('named parameters become numbered ones', () => {
  test.each<[what: string, sql: string, text: string, names: string[]]>([
    ['one', 'SELECT :a', 'SELECT $1', ['a']],
    ['several, numbered as they come', 'SELECT :b, :a, :c_1', 'SELECT $1, $2, $3', ['b', 'a', 'c_1']],
    ['one name twice has one number', 'SELECT :a, :b, :a', 'SELECT $1, $2, $1', ['a', 'b']],
    ['names differ in case', 'SELECT :a, :A', 'SELECT $1, $2', ['a', 'A']],
    ['one name begins with another', 'SELECT :a, :ab', 'SELECT $1, $2', ['a', 'ab']],
    ['beside punctuation', 'f(:a,:b)=:c;', 'f($1,$2)=$3', ['a', 'b', 'c']],
    ['after operators', 'x>:a AND y<=:b AND z||:c', 'x>$1 AND y<=$2 AND z||$3', ['a', 'b', 'c']],
    ['in named notation', 'f(x => :a, y := :b, z:=:c)', 'f(x => $1, y := $2, z:=$3)', ['a', 'b', 'c']],
    ['at the very start', ':a', '$1', ['a']],
    ['with a cast', 'SELECT :a::int[], CAST(:b AS text)', 'SELECT $1::int[], CAST($2 AS text)', ['a', 'b']],
    [
      'casts without a parameter',
      "SELECT 'x'::text, y::int, (z)::date",
      "SELECT 'x'::text, y::int, (z)::date",
      [],
    ],
    [
      'beside JSON operators',
      "d->:a, d->>:b, d#>>'{x}', d @? '$.a'",
      "d->$1, d->>$2, d#>>'{x}', d @? '$.a'",
      ['a', 'b'],
    ],
    ['beside a question mark', 'a ? :k AND a ?| :l AND a ?& b', 'a ? $1 AND a ?| $2 AND a ?& b', ['k', 'l']],
    [
      'not in array slices',
      'a[1:2], a[i:j], a[f(x):y], a[b[1]:c], a[:a]',
      'a[1:2], a[i:j], a[f(x):y], a[b[1]:c], a[$1]',
      ['a'],
    ],
    ['in a slice after a space', 'a[1 : :last]', 'a[1 : $1]', ['last']],
    ['not in strings', "SELECT ':a', 'it''s :a', ''':a', :b", "SELECT ':a', 'it''s :a', ''':a', $1", ['b']],
    ['a backslash ends no string', "SELECT '\\', :a, '\\'", "SELECT '\\', $1, '\\'", ['a']],
    ['but does not end an E string', "SELECT E'\\':a', e'\\\\', :b", "SELECT E'\\':a', e'\\\\', $1", ['b']],
    [
      'a type name that ends in e',
      "SELECT date'2000-01-01', type':a', :b",
      "SELECT date'2000-01-01', type':a', $1",
      ['b'],
    ],
    [
      'other kinds of strings',
      "B'01', X'1F', N':a', U&'\\0061:a', :b",
      "B'01', X'1F', N':a', U&'\\0061:a', $1",
      ['b'],
    ],
    [
      'not in quoted names',
      'SELECT ":a", "x"":a", t.":b" AS "c:d", :e',
      'SELECT ":a", "x"":a", t.":b" AS "c:d", $1',
      ['e'],
    ],
    ['not in dollar quotes', "SELECT $$:a ' $$, :b", "SELECT $$:a ' $$, $1", ['b']],
    ['nor in tagged ones', 'SELECT $x$ :a $$ :b $x$, :c', 'SELECT $x$ :a $$ :b $x$, $1', ['c']],
    ['whose tags may hold digits', 'SELECT $q1$ :a $q$ $q1$, :b', 'SELECT $q1$ :a $q$ $q1$, $1', ['b']],
    [
      'and letters of any language',
      'SELECT $é$ :a $é$, $_ß9$ :a $_ß9$, :b',
      'SELECT $é$ :a $é$, $_ß9$ :a $_ß9$, $1',
      ['b'],
    ],
    ['names with dollars', 'SELECT a$b, a$1, ab$x$ , :c', 'SELECT a$b, a$1, ab$x$ , $1', ['c']],
    ['not in line comments', "SELECT 1 -- it's :a\n, :b -- :c", "SELECT 1 -- it's :a\n, $1 -- :c", ['b']],
    ['which a carriage return ends too', 'SELECT 1 -- :a\r, :b', 'SELECT 1 -- :a\r, $1', ['b']],
    ['not in block comments', "/* it's :a */ :b /* ' */ :c", "/* it's :a */ $1 /* ' */ $2", ['b', 'c']],
    ['which nest', '/* /* :a */ :b /*/ */ */ */ :c', '/* /* :a */ :b /*/ */ */ */ $1', ['c']],
    ['text of any language', "SELECT 'Amélie :a 🎬', größe, :b", "SELECT 'Amélie :a 🎬', größe, $1", ['b']],
    ['names of any language', 'SELECT é$1, a[ü:x], :b', 'SELECT é$1, a[ü:x], $1', ['b']],
    ['a comment at the end stays', 'SELECT :a -- the; end', 'SELECT $1 -- the; end', ['a']],
    ['a trailing semicolon goes', '  SELECT :a ;\n', 'SELECT $1', ['a']],
  ])('%s', (_, sql, text, names) => {
    const query = define(sql, ...names);
    expect({ text: query.text, names: query.parameterNames }).toEqual({ text, names });
  });

  test('whatever surrounds them', () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
        const names = [...new Set(pieces.flatMap(({ name }) => (name === undefined ? [] : [name])))];
        const expected = pieces.map(({ sql, name }) =>
          name === undefined ? sql : `$${names.indexOf(name) + 1}`,
        );
        const query = define(`SELECT ${pieces.map(({ sql }) => sql).join(' ')} FROM t`, ...names);
        expect(query.text).toBe(`SELECT ${expected.join(' ')} FROM t`);
        expect(query.parameterNames).toEqual(names);
      }),
      { numRuns: runsOf(2_000) },
    );
  });
});

interface Piece {
  sql: string;
  /** Set when the piece is a parameter. */
  name?: string;
}

const noise = fc.array(
  fc.constantFrom(
    ':a',
    ':',
    'b',
    'e',
    'E',
    "'",
    '"',
    '$',
    '$x$',
    '--',
    '\n',
    '\\',
    ';',
    '::',
    '$1',
    'é',
    '🎬',
    '[',
    ')',
    ' ',
    '?',
  ),
  { maxLength: 8 },
);
const text = noise.map((parts) => parts.join(''));
const tag = fc.constantFrom('', 'x', 'q1', '_', 'Ü2');
const name = fc.constantFrom('a', 'b', 'title', '_x', 'a1', 'A', 'constructor');

/** Pieces of SQL, none of which hides what comes after a space. */
const piece: fc.Arbitrary<Piece> = fc.oneof(
  { weight: 4, arbitrary: name.map((n): Piece => ({ sql: `:${n}`, name: n })) },
  text.map((t) => ({ sql: `'${t.replaceAll("'", "''")}'` })),
  text.map((t) => ({ sql: `E'${t.replace(/['\\]/g, '\\$&')}'` })),
  text.map((t) => ({ sql: `"${t.replaceAll('"', '""')}"` })),
  fc.tuple(tag, text).map(([t, body]) => ({ sql: `$${t}$${body.replaceAll('$', '')}$${t}$` })),
  text.map((t) => ({ sql: `--${t.replaceAll('\n', '')}\n` })),
  fc
    .tuple(text, fc.nat(3))
    .map(([t, depth]) => ({ sql: `${'/*'.repeat(depth + 1)}${t}${'*/'.repeat(depth + 1)}` })),
  fc
    .constantFrom(
      'x',
      'x::int',
      '->>',
      '?',
      '@>',
      ':=',
      '1',
      'a[1:2]',
      'a[i:j]',
      '(',
      ')',
      ',',
      'naïve',
      'a$b',
      'type',
      '||',
      '<=',
    )
    .map((sql) => ({ sql })),
);

describe('a run whose parameters are not right is refused without asking the database', () => {
  /** A scope of nobody's: it has no connection, so whatever is not refused gives no rows. */
  const run = (sql: string, names: string[], given: object) =>
    withEntitlements({} as never, movieEntitlements({ titleTypes: [] }), (scope: Scope) =>
      runQuery(scope, define(sql, ...names), given as QueryParameters),
    );

  test.each<[what: string, given: object, message: RegExp]>([
    ['missing', { a: 1 }, /q needs its parameter b/],
    ['undefined', { a: 1, b: undefined }, /q needs its parameter b/],
    ['unknown', { a: 1, b: 2, c: 3 }, /q has no parameter c/],
    ['of another spelling', { a: 1, B: 2 }, /q has no parameter B/],
  ])('%s', async (_, given, message) => {
    await expect(run('SELECT :a, :b', ['a', 'b'], given)).rejects.toEqual(
      expect.objectContaining({ code: 'invalid_argument', message: expect.stringMatching(message) }),
    );
  });

  test.each(['constructor', 'toString', '__proto__'])(
    '%s, which every object inherits, is missing',
    async (name) => {
      await expect(run(`SELECT :${name}`, [name], {})).rejects.toMatchObject({ code: 'invalid_argument' });
    },
  );

  test('a refusal names the parameter and not its value', async () => {
    await expect(run('SELECT :a', ['a'], { a: 1, b: 'secret' })).rejects.toSatisfy(
      (error: Error) => !error.message.includes('secret'),
    );
  });

  test.each([[{ a: 1, b: null }], [{ a: '', b: 0 }], [{ a: [], b: false }]])('%j is right', async (given) => {
    expect(await run('SELECT :a, :b', ['a', 'b'], given)).toEqual([]);
  });
});
