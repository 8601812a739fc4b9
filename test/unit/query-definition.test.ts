import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { defineQuery } from 'movie-hub';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { QueryParameters } from '../../src/sdk/database/query';

const define = (sql: string | URL, ...parameters: string[]) =>
  defineQuery<object, QueryParameters>({ name: 'q', sql, parameters });

describe('a query that is not right is refused when it is defined', () => {
  test.each<[what: string, sql: string | URL, parameters: string[], message: RegExp]>([
    ['no SQL', '', [], /q is empty/],
    ['only a semicolon', ' ; ', [], /q is empty/],
    ['a parameter that is not listed', 'SELECT :a', [], / :a\b/],
    ['a listed one that is not used', 'SELECT 1', ['a'], / :a\b/],
    ['a listed one in a comment only', 'SELECT 1 -- :a', ['a'], / :a\b/],
    ['another spelling', 'SELECT :a', ['A'], /uses :a/],
    ['numbered parameters', 'SELECT $1', [], /named parameters/],
    ['both', 'SELECT :a, $2', ['a'], /named parameters/],
    ['two statements', 'SELECT 1; SELECT 2', [], /one statement/],
    ['whatever the second is', 'SELECT 1; x', [], /one statement/],
    ['a parameter behind the end', 'SELECT :a; :a', ['a'], /one statement/],
    ['two behind a comment', 'SELECT 1; /* ; */ -- ;\n SELECT 2', [], /one statement/],
    ['a second that is a string', "SELECT 1;'x'", [], /one statement/],
    ['only semicolons and comments', '; -- nothing', [], /q is empty/],
    ['a file that is not there', new URL('file:///no/such.sql'), [], / q .*file:/],
    ['an open comment', 'SELECT 1 /* :a /* */', [], /comment/],
  ])('%s', (_, sql, parameters, message) => {
    expect(() => define(sql, ...parameters)).toThrow(
      expect.objectContaining({ code: 'invalid_argument', message: expect.stringMatching(message) }),
    );
  });

  test('what is defined cannot be changed', () => {
    const query = define('SELECT :a', 'a');
    expect(Object.isFrozen(query)).toBe(true);
    expect(Object.isFrozen(query.parameterNames)).toBe(true);
  });
});

describe('the end of a statement', () => {
  test.each<[sql: string, text: string]>([
    ['SELECT 1;', 'SELECT 1'],
    ['SELECT 1 ; ;; \n', 'SELECT 1'],
    ['SELECT 1; -- the end', 'SELECT 1'],
    ['SELECT 1; /* the; end */ ; -- of it\n', 'SELECT 1'],
    ['SELECT 1 -- the; end', 'SELECT 1 -- the; end'],
    [`SELECT ';', E'\\';', ";", $$;$$, $x$;$x$ /* ; */;`, `SELECT ';', E'\\';', ";", $$;$$, $x$;$x$ /* ; */`],
  ])('%j', (sql, text) => {
    expect(define(sql).text).toBe(text);
  });
});

test('the SQL may be in a file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'movie-hub-sql-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'q.sql');
  writeFileSync(file, '-- One.\nSELECT :a; -- the end\n');
  expect(define(pathToFileURL(file), 'a').text).toBe('-- One.\nSELECT $1');
});
