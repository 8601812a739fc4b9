import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { generateImdb } from 'movie-hub/dataset';
import { abortOnSignals } from './abort-on-signals';
import { CommandFailure } from './failure';
import { notEmpty, parseCount } from './option-values';
import type { Progress } from './progress';
import { count, duration, size, table } from './quantities';

type GenerateImdbOptions = Parameters<typeof generateImdb>[0];
type GeneratedFile = Awaited<ReturnType<typeof generateImdb>>[number];

/** What the command takes. */
interface GenerateOptions {
  titles: number;
  seed: number;
  out: string;
  replace?: boolean;
}

const maxTitles = 100_000_000;

/** The command that generates files in IMDb's format. */
export function generateCommand(): Command {
  return new Command('generate')
    .description(
      "Generate files in IMDb's format, of any size, for tests and benchmarks. The same seed gives the same files.",
    )
    .requiredOption('--out <dir>', 'folder for the seven .tsv.gz files, created if missing', notEmpty)
    .option(
      '--titles <number>',
      "number of titles, such as 11000000 or 11_000_000, which is IMDb's size",
      parseTitles,
      100_000,
    )
    .option('--seed <number>', 'a whole number; the same seed gives the same files', parseSeed, 1)
    .option('--replace', 'replace such files in the folder')
    .action(generate);
}

async function generate({ titles, seed, out, replace }: GenerateOptions): Promise<void> {
  if (!replace) refuseToReplace(out);
  // Imported here, because few commands show progress.
  const { createProgress } = await import('./progress');
  const progress = createProgress(process.stderr);
  const abortable = abortOnSignals();
  const started = Date.now();
  try {
    const files = await generateWith(progress, { titles, seed, folder: out, signal: abortable.signal });
    process.stdout.write(summaryOf(files));
    process.stderr.write(
      `Generated ${count(titles)} titles in ${duration(Date.now() - started)}. Next: movie-hub db load --from ${quoted(out)}\n`,
    );
  } catch (cause) {
    if (!abortable.signal.aborted) throw cause;
    process.stderr.write(`Stopped. Complete files stay in ${out}; the incomplete one is removed.\n`);
  } finally {
    abortable.release();
  }
}

async function generateWith(progress: Progress, options: GenerateImdbOptions): Promise<GeneratedFile[]> {
  try {
    return await generateImdb({
      ...options,
      onProgress: ({ file, done, total, share }) =>
        progress.update({
          label: file,
          done,
          total,
          unit: file === 'name.basics' ? 'people' : 'titles',
          share,
        }),
    });
  } finally {
    // Clears the line of the bar before other output.
    progress.end();
  }
}

/** IMDb's own files have the same names, and take long to download. */
function refuseToReplace(folder: string): void {
  const found = ['title.basics', 'name.basics', 'title.principals']
    .flatMap((name) => [`${name}.tsv`, `${name}.tsv.gz`])
    .find((name) => existsSync(join(folder, name)));
  if (found !== undefined)
    throw new CommandFailure(
      `The folder ${folder} already has ${found}. Choose another folder with --out, or add --replace.`,
    );
}

function summaryOf(files: readonly GeneratedFile[]): string {
  const sum = (of: (file: GeneratedFile) => number) => files.reduce((all, file) => all + of(file), 0);
  const row = (name: string, lines: number, spoiled: number, odd: number, bytes: number) => [
    name,
    count(lines),
    count(spoiled),
    count(odd),
    size(bytes),
  ];
  return table([
    ['file', 'lines', 'spoiled', 'odd', 'size'],
    ...files.map(({ file, lines, spoiled, odd, bytes }) => row(file, lines, spoiled, odd, bytes)),
    row(
      'all',
      sum(({ lines }) => lines),
      sum(({ spoiled }) => spoiled),
      sum(({ odd }) => odd),
      sum(({ bytes }) => bytes),
    ),
  ]);
}

/** For a shell: most paths need no quotes. */
function quoted(path: string): string {
  return /^[\w./@:+-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
}

function parseTitles(text: string): number {
  const number = parseCount(text);
  if (number >= 1 && number <= maxTitles) return number;
  throw new InvalidArgumentError(
    `Enter a whole number from 1 to ${count(maxTitles)}, such as 11000000 or 11_000_000.`,
  );
}

function parseSeed(text: string): number {
  const number = Number(text);
  if (/^-?\d+$/.test(text) && Number.isSafeInteger(number)) return number;
  throw new InvalidArgumentError('A seed is a whole number, such as 1.');
}
