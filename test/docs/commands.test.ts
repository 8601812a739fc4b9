import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { codeIn, pageAt, pages, root, rowsOf, sectionOf } from './pages';

const commands = {
  demo: ['movie-hub', 'demo'],
  mcp: ['movie-hub', 'mcp'],
  'db install': ['movie-hub', 'db', 'install'],
  'db load': ['movie-hub', 'db', 'load'],
  'db load-demo': ['movie-hub', 'db', 'load-demo'],
  'db add-user': ['movie-hub', 'db', 'add-user'],
  'db generate': ['movie-hub', 'db', 'generate'],
  'db check': ['movie-hub', 'db', 'check'],
  'db explain': ['movie-hub', 'db', 'explain'],
} as const;
const reference = pageAt('docs/reference/commands.md');
const optionPattern = /(?<![\w-])--[a-z][a-z-]*/g;

describe('the commands, as documented and as they are', () => {
  /** The options of each command, as its own help tells them. */
  const options = new Map<string, string[]>();

  beforeAll(() => {
    for (const [name, [program, ...args]] of Object.entries(commands)) {
      const path = join(root, `dist/cli/${program}.js`);
      const help = execFileSync(process.execPath, [path, ...args, '--help'], { encoding: 'utf8' });
      const reported = [...help.matchAll(/^ {2}(?:-\w, )?(--[a-z-]+)/gm)].map((match) => match[1] ?? '');
      options.set(
        name,
        reported.filter((option) => !['--help', '--version'].includes(option)),
      );
    }
  });

  test('the table of options has each option of each command, and no other', () => {
    const documented = rowsOf(sectionOf(reference, 'Options')).flatMap(([option, of = '']) =>
      codeIn(of)
        .flatMap((name) =>
          name === 'db …' ? Object.keys(commands).filter((each) => each.startsWith('db ')) : [name],
        )
        .map((name) => `${name} ${codeIn(option ?? '')[0]?.split(' ')[0]}`),
    );
    const real = [...options].flatMap(([name, list]) => list.map((option) => `${name} ${option}`));
    expect(documented.sort()).toEqual(real.sort());
  });

  test('no page names an option that no command has', () => {
    const known = new Set(['--help', '--version', ...[...options.values()].flat()]);
    const unknown = pages.flatMap(({ path, text }) =>
      [...text.matchAll(optionPattern)]
        .map(([option]) => option)
        .filter((option) => !known.has(option) && !ofOthers.has(option))
        .map((option) => `${path} ${option}`),
    );
    expect(unknown).toEqual([]);
  });
});

test('the table of variables has every variable that the commands read', () => {
  const code = readdirSync(join(root, 'src/cli'))
    .map((file) => readFileSync(join(root, 'src/cli', file), 'utf8'))
    .join('\n');
  const read = [
    ...code.matchAll(
      /\b(?:environment|process\.env)\.([A-Z][A-Z_]+)\b|'(DATABASE_URL|MOVIE_HUB_[A-Z_]+|PG[A-Z]+)'/g,
    ),
  ]
    .map((match) => match[1] ?? match[2] ?? '')
    .filter((name) => !name.startsWith('AWS_'));
  const documented = rowsOf(sectionOf(reference, 'Variables')).flatMap(([name = '']) => codeIn(name));
  expect([...documented].sort()).toEqual([...new Set(read)].sort());
});

/** Options of npm and of the benches in the pages. */
const ofOthers: ReadonlySet<string> = new Set([
  ...['--dry-run', '--kind', '--questions', '--user'],
  ...['--demo', '--filter', '--record', '--replay'],
]);
