import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'movie-hub-evals-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs the script on the built package, in an environment that names no model and no account. */
function evals(args: string[], variables: Record<string, string> = {}) {
  const none = {
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_CONFIG_FILE: folder,
    AWS_SHARED_CREDENTIALS_FILE: folder,
  };
  const own = Object.entries(process.env).filter(([name]) => !/^(AWS_|MOVIE_HUB_)/.test(name));
  const options = { env: { ...Object.fromEntries(own), ...none, ...variables }, timeout: 120_000 };
  return new Promise<{ code: unknown; out: string; err: string }>((resolve) => {
    execFile(process.execPath, ['test/evals.mjs', ...args], options, (error, out, err) =>
      resolve({ code: error ? error.code : 0, out, err }),
    );
  });
}

describe.concurrent('npm run evals', () => {
  test.each<[string, string[], Record<string, string>, RegExp]>([
    ['no model', [], {}, /MOVIE_HUB_LIVE_BEDROCK_MODEL names no model/],
    ['no region', [], { MOVIE_HUB_LIVE_BEDROCK_MODEL: 'm' }, /no region or credentials/],
    [
      'no credentials',
      [],
      { MOVIE_HUB_LIVE_BEDROCK_MODEL: 'm', AWS_REGION: 'us-east-1' },
      /no region or credentials/,
    ],
    ['an unknown option', ['--nothing'], {}, /Unknown option '--nothing'/],
    ['no such case', ['--demo', '--filter', 'nothing'], {}, /No case has "nothing"/],
    ['no such recording', ['--replay', 'nothing.jsonl'], {}, /There is no recording nothing\.jsonl/],
  ])('exits with 2: %s', async (_, args, variables, words) => {
    const { code, out, err } = await evals(args, variables);
    expect(err).toMatch(words);
    expect([code, out]).toEqual([2, '']);
  });

  test('--help says what to set', async () => {
    const { code, out } = await evals(['--help']);
    expect(code).toBe(0);
    for (const word of ['MOVIE_HUB_LIVE_BEDROCK_MODEL', '--filter', '--record', '--replay', '--demo'])
      expect(out).toContain(word);
  });

  test('records, and plays what it recorded', async () => {
    const file = join(folder, 'demo.jsonl');
    const recorded = await evals(['--demo', '--filter', 'time', '--record', file]);
    expect(recorded.out).toContain('All 5 passed');
    expect(recorded.code).toBe(0);
    const replayed = await evals(['--replay', file, '--filter', 'time']);
    expect(replayed).toMatchObject({ code: 0, out: recorded.out });
    const others = await evals(['--replay', file, '--filter', 'found']);
    expect(others.code).toBe(1);
    expect(others.out).toContain('8 of 8 failed');
  });
});
