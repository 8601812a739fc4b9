import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { root } from './pages';

const examples = readdirSync(join(root, 'examples')).filter((name) =>
  existsSync(join(root, 'examples', name, 'run.mjs')),
);

test('there are examples', () => {
  expect(examples).toEqual(['agent-with-two-servers', 'embed-movie-server']);
});

describe.each(examples)('examples/%s', (name) => {
  test('runs on the built package, and finds all as it should be', async () => {
    const { code, output } = await run([join('examples', name, 'run.mjs')]);
    expect(output).toMatch(/All as it should be\.\n$/);
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

/** Runs Node in the repository, where 'movie-hub' is the built package. */
function run(args: readonly string[]): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, args, { cwd: root, timeout: 50_000 }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
      resolve({ code, output: stdout + stderr });
    });
  });
}
