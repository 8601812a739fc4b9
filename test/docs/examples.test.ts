import { execFile } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { databaseKinds, openDatabase } from '../support/databases';
import { root } from './pages';

const examples = readdirSync(join(root, 'examples')).filter((name) =>
  existsSync(join(root, 'examples', name, 'run.mjs')),
);

test('there are examples', () => {
  expect(examples).toEqual([
    'agent-with-two-servers',
    'embed-movie-server',
    'open-telemetry',
    'orders-by-tenant',
  ]);
});

describe.each(examples)('examples/%s', (name) => {
  test('runs on the built package, and finds all as it should be', async () => {
    const { code, output } = await run([join('examples', name, 'run.mjs')]);
    expect(output).toMatch(/All checks passed\.\n$/);
    expect(code).toBe(0);
  });

  test('is named in the README', () => {
    expect(readFileSync(join(root, 'README.md'), 'utf8')).toContain(`examples/${name}/run.mjs`);
  });
});

test('embed-movie-server ends with exit code 1 when a forbidden title is seen', async () => {
  const source = readFileSync(join(root, 'examples/embed-movie-server/run.mjs'), 'utf8');
  const leaking = source.replace('jim: [1], anna', 'jim: [1, 5], anna');
  expect(leaking).not.toBe(source);
  const { code, output } = await run(['--input-type=module', '--eval', leaking]);
  expect(code).toBe(1);
  expect(output).toContain('AssertionError');
});

test('agent-with-two-servers ends with exit code 1 when a tool was not called', async () => {
  const source = readFileSync(join(root, 'examples/agent-with-two-servers/run.mjs'), 'utf8');
  const forgetful = source.replace(', and what time is it in Tokyo', '');
  expect(forgetful).not.toBe(source);
  const { code, output } = await run(['--input-type=module', '--eval', forgetful]);
  expect(code).toBe(1);
  expect(output).toContain('AssertionError');
});

describe('orders-by-tenant', () => {
  test.runIf(databaseKinds.includes('server'))('runs on a server too, and leaves nothing there', async () => {
    const db = await openDatabase('server');
    try {
      const { code, output } = await run(['examples/orders-by-tenant/run.mjs'], {
        DATABASE_URL: db.urls.admin,
      });
      expect(output).toMatch(/All checks passed\.\n$/);
      expect(code).toBe(0);
      const { rows } = await db.admin.query(
        `SELECT nspname AS name FROM pg_namespace WHERE nspname = 'shop'
         UNION ALL SELECT rolname FROM pg_roles WHERE rolname IN ('shop_app', 'shop_reader')`,
      );
      expect(rows).toEqual([]);
    } finally {
      await db.close();
    }
  });

  test.each(['customers', 'orders', 'order_lines'])(
    'as a package of its own ends with exit code 1 when the policy of %s lets everything pass',
    async (table) => {
      const folder = copyOfExample('orders-by-tenant');
      try {
        const schema = readFileSync(join(folder, 'schema.sql'), 'utf8');
        const leaking = schema.replace(
          new RegExp(`(CREATE POLICY ${table}_of_tenant .*\n\\s+USING) .*;`),
          '$1 (true);',
        );
        expect(leaking).not.toBe(schema);
        writeFileSync(join(folder, 'schema.sql'), leaking);
        const { code, output } = await run([join(folder, 'run.mjs')]);
        expect(output).toContain('AssertionError');
        expect(code).toBe(1);
      } finally {
        rmSync(folder, { recursive: true });
      }
    },
  );
});

test('open-telemetry ends with exit code 1 when a title gets into a span', async () => {
  const folder = copyOfExample('open-telemetry');
  try {
    const source = readFileSync(join(folder, 'run.mjs'), 'utf8');
    const telling = source.replace("principal: 'jim' }", "principal: 'The Godfather' }");
    expect(telling).not.toBe(source);
    writeFileSync(join(folder, 'run.mjs'), telling);
    const { code, output } = await run([join(folder, 'run.mjs')]);
    expect(output).toContain('AssertionError');
    expect(code).toBe(1);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

/** Copies an example out of the repository, beside the packages that it names. */
function copyOfExample(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), `${name}-`));
  cpSync(join(root, 'examples', name), folder, { recursive: true });
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(root, join(folder, 'node_modules/movie-hub'));
  for (const each of ['@modelcontextprotocol', '@opentelemetry', 'zod'])
    symlinkSync(join(root, 'node_modules', each), join(folder, 'node_modules', each));
  return folder;
}

/** Runs Node in the repository, where 'movie-hub' is the built package. The environment names no database of the reader's. */
function run(
  args: readonly string[],
  variables: Readonly<Record<string, string>> = {},
): Promise<{ code: number; output: string }> {
  const { DATABASE_URL: _, ...environment } = process.env;
  const options = { cwd: root, timeout: 240_000, env: { ...environment, ...variables } };
  return new Promise((resolve) => {
    execFile(process.execPath, args, options, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
      resolve({ code, output: stdout + stderr });
    });
  });
}
