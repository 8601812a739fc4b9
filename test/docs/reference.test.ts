import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { httpStatusOf, MovieHubError } from 'movie-hub';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { movieHubErrorCodes } from '../../src/sdk/errors';
import { oneKind, openDatabase, type TestDatabase } from '../support/databases';
import { codeIn, pageAt, root, rowsOf, sectionOf } from './pages';

describe('docs/reference/exports.md', () => {
  const page = pageAt('docs/reference/exports.md');
  const entries = {
    'movie-hub': 'sdk',
    'movie-hub/dataset': 'dataset',
    'movie-hub/ui': 'ui',
    'movie-hub/testing': 'testing',
  };

  test.each(Object.entries(entries))('%s: every export, and nothing else', (entry, folder) => {
    const section = page.split(`\n## ${entry}\n`)[1]?.split('\n## ')[0]?.split('\n### ')[0] ?? '';
    const values = rowsOf(section).flatMap(([name = '']) => codeIn(name));
    const types = codeIn(
      section
        .split('\n')
        .filter((line) => !line.startsWith('|'))
        .join('\n'),
    );
    const real = exportsOf(join(root, `src/${folder}/index.ts`));
    expect(values.sort()).toEqual(real.values);
    expect(types.sort()).toEqual(real.types);
  });
});

test('docs/reference/errors.md has every code with its status', () => {
  const rows = rowsOf(pageAt('docs/reference/errors.md')).map(([code = '', status]) => [
    codeIn(code)[0],
    Number(status),
  ]);
  expect(rows).toEqual(movieHubErrorCodes.map((code) => [code, httpStatusOf(new MovieHubError(code, ''))]));
});

test('docs/reference/packages.md has every dependency and peer, and whether it is optional', () => {
  const page = pageAt('docs/reference/packages.md');
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const listed = rowsOf(sectionOf(page, 'Dependencies')).flatMap(([name = '']) => codeIn(name));
  expect(listed.sort()).toEqual(Object.keys(manifest.dependencies).sort());
  const peers = rowsOf(sectionOf(page, 'Peers')).map(([name = '', needed]) => `${codeIn(name)[0]} ${needed}`);
  const real = Object.keys(manifest.peerDependencies).map(
    (name) => `${name} ${manifest.peerDependenciesMeta[name]?.optional ? 'optional' : 'always'}`,
  );
  expect(peers.sort()).toEqual(real.sort());
});

describe('docs/reference/database.md', () => {
  const page = pageAt('docs/reference/database.md');
  let db: TestDatabase;
  beforeAll(async () => {
    db = await openDatabase(oneKind);
  });
  afterAll(() => db?.close());

  test.each(['movie_hub', 'movie_hub_app'])('schema %s: every table with its columns', async (schema) => {
    const section =
      page.split(`\n## Schema ${schema}:`)[1]?.split('\n## ')[0]?.split('\n| Function')[0] ?? '';
    const documented = rowsOf(section).map(([table = '', columns = '']) => [
      codeIn(table)[0],
      codeIn(columns),
    ]);
    const { rows } = await db.admin.query<{ table: string; columns: string[] }>(
      `SELECT table_name::text AS table, array_agg(column_name::text ORDER BY ordinal_position) AS columns
       FROM information_schema.columns WHERE table_schema = $1 GROUP BY 1`,
      [schema],
    );
    expect(Object.fromEntries(documented)).toEqual(
      Object.fromEntries(rows.map((row) => [row.table, row.columns])),
    );
  });

  test('title types', async () => {
    const cells = rowsOf(sectionOf(page, 'Title types'))
      .flat()
      .filter((cell) => cell !== '');
    const documented = cells.flatMap((cell, i) => (i % 2 === 0 ? [[Number(cell), cells[i + 1]]] : []));
    const { rows } = await db.admin.query('SELECT title_type_id, name FROM movie_hub.title_types');
    expect(Object.fromEntries(documented)).toEqual(
      Object.fromEntries(rows.map((row) => [row.title_type_id, row.name])),
    );
  });

  test('roles and functions are there', async () => {
    const roles = rowsOf(sectionOf(page, 'Roles')).flatMap(([role = '']) => codeIn(role));
    const { rows } = await db.admin.query(
      `SELECT rolname FROM pg_roles WHERE rolname LIKE 'movie_hub%' AND NOT rolcanlogin ORDER BY 1`,
    );
    expect(roles.sort()).toEqual(rows.map((row) => row.rolname));
    const functions = [...page.matchAll(/^\| `(\w+)\(/gm)].map((match) => match[1]);
    const found = await db.admin.query(
      `SELECT DISTINCT proname FROM pg_proc WHERE pronamespace = 'movie_hub'::regnamespace AND proname = ANY ($1)`,
      [functions],
    );
    expect(functions.length).toBeGreaterThan(4);
    expect(found.rows.map((row) => row.proname).sort()).toEqual([...functions].sort());
  });
});

/** What a module exports, by the compiler: values, and types that are no values. */
function exportsOf(path: string): { values: string[]; types: string[] } {
  const { options } = ts.parseJsonConfigFileContent(
    ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile).config,
    ts.sys,
    root,
  );
  const program = ts.createProgram([path, join(root, 'src/sql.d.ts')], options);
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(path);
  const module = source && checker.getSymbolAtLocation(source);
  const values: string[] = [];
  const types: string[] = [];
  for (const symbol of module ? checker.getExportsOfModule(module) : []) {
    const isAlias = (symbol.flags & ts.SymbolFlags.Alias) !== 0;
    const { flags } = isAlias ? checker.getAliasedSymbol(symbol) : symbol;
    ((flags & ts.SymbolFlags.Value) !== 0 ? values : types).push(symbol.name);
  }
  return { values: values.sort(), types: types.sort() };
}
