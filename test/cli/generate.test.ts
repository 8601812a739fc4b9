import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { generateImdb } from 'movie-hub/dataset';
import { afterAll, describe, expect, it } from 'vitest';
import { expectFailure } from './support/expect-failure';
import { cleanUp, newFolder, runCli, startCli } from './support/run-cli';

afterAll(cleanUp);

const generate = (...args: string[]) => runCli('movie-hub', ['db', 'generate', ...args]);

describe.concurrent('movie-hub db generate', () => {
  it('writes the files of the library, tells of each, and what to run next', async () => {
    const out = join(newFolder(), 'new', 'folder');
    const { code, stdout, stderr } = await generate('--out', out, '--titles', '1_000', '--seed', '7');
    expect(code).toBe(0);
    const files = await generateImdb({ titles: 1000, seed: 7, folder: newFolder() });
    expect(readdirSync(out)).toHaveLength(7);
    const rows = stdout.split('\n').map((line) => line.split(/ {2,}/));
    expect(rows[0]).toEqual(['file', 'lines', 'spoiled', 'odd', 'size']);
    for (const [i, { file, path, lines, spoiled, odd }] of files.entries()) {
      expect(sumOf(join(out, `${file}.tsv.gz`)), file).toBe(sumOf(path));
      const reported = [file, lines.toLocaleString('en-US'), `${spoiled}`, `${odd}`];
      expect(rows[i + 1]?.slice(0, 4)).toEqual(reported);
      expect(stderr).toMatch(new RegExp(`^${file}: 1,\\d+ (titles|people) in \\d+ s$`, 'm'));
    }
    expect(rows[8]?.[0]).toBe('all');
    expect(stderr).toContain(`Generated 1,000 titles in`);
    expect(stderr).toMatch(new RegExp(`Next: movie-hub db load --from ${out}\n$`));
  });

  it.each(['12', '1_000', '1,000'])('takes %s titles', async (titles) => {
    const { code, stderr } = await generate('--out', newFolder(), '--titles', titles);
    expect(code).toBe(0);
    expect(stderr).toContain(`Generated ${titles.replace('_', ',')} titles`);
  });

  it('replaces files only with --replace', async () => {
    const out = newFolder();
    writeFileSync(join(out, 'name.basics.tsv'), 'downloaded');
    const refused = await generate('--out', out, '--titles', '10');
    expectFailure(refused, 1, 'already has name.basics.tsv', '--replace');
    expect(readdirSync(out)).toEqual(['name.basics.tsv']);
    expect(await generate('--out', out, '--titles', '10', '--replace')).toMatchObject({ code: 0 });
    expect(readdirSync(out)).toHaveLength(8);
  });

  it('says why the folder cannot be written to', async () => {
    const file = join(newFolder(), 'file');
    writeFileSync(file, '');
    expectFailure(await generate('--out', file), 1, 'cannot be written to the folder', 'EEXIST');
    expectFailure(await generate('--out', join(file, 'x')), 1, 'cannot be written to the folder', 'ENOTDIR');
  });

  it.runIf(existsSync('/dev/full'))('says that the disk is full', async () => {
    const out = newFolder();
    symlinkSync('/dev/full', join(out, 'title.basics.tsv.gz.part'));
    expectFailure(await generate('--out', out, '--titles', '10'), 1, 'The disk is full', 'ENOSPC');
    expect(readdirSync(out)).toEqual([]);
  });

  it.each<NodeJS.Signals>(['SIGINT', 'SIGTERM'])('%s ends it, and no half file is left', async (signal) => {
    const out = newFolder();
    const running = startCli('movie-hub', ['db', 'generate', '--out', out, '--titles', '90_000_000']);
    while (readdirSync(out).length === 0) await sleep(20);
    expect(readdirSync(out)).toEqual(['title.basics.tsv.gz.part']);
    const ended = await running.stop(signal);
    expect(ended).toMatchObject({ code: 0, signal: null, stdout: '' });
    expect(ended.stderr).toMatch(/^Stopped\. Complete files stay in \S+;/);
    expect(readdirSync(out)).toEqual([]);
  });
});

function sumOf(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}
