import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { MovieHubError } from '../errors';
import { Mess } from './generator/mess';
import { PeopleLines } from './generator/people-lines';
import { TitleLines } from './generator/title-lines';
import { TitlePlan } from './generator/title-plan';
import { writeGzip } from './generator/write-gzip';

/** What to generate. */
export interface GenerateImdbOptions {
  /** How many titles, 1 to 100,000,000. IMDb has about 11,000,000, and 1.27 times as many people. */
  titles: number;
  /** A whole number: the same one gives the same files, byte by byte, on the same version of zlib; 1 unless given. */
  seed?: number;
  /** Folder for the seven `.tsv.gz` files; made if it is not there. Files of the same names are replaced. */
  folder: string;
  /** Told how far the work is, a few times each second. */
  onProgress?: (progress: GenerateProgress) => void;
  /** Aborts; what is not whole is removed. */
  signal?: AbortSignal;
}

/** How far the work is. */
export interface GenerateProgress {
  /** The file that is written: `title.basics`. */
  readonly file: string;
  /** Titles, or people, done of this file, and how many there are. */
  readonly done: number;
  readonly total: number;
  /** The same for all files: between 0 and 1. */
  readonly share: number;
}

/** A file that was generated. */
export interface GeneratedFile {
  readonly name: string;
  readonly path: string;
  /** Lines without the header. */
  readonly lines: number;
  /** Lines that were spoiled on purpose: IMDb's files have such lines too. */
  readonly spoiled: number;
  /** Size as it is on disk. */
  readonly bytes: number;
}

/**
 * Generates files in the format of IMDb's own, of any size.
 *
 * They have the shares of IMDb: 74 % episodes and 6.5 % movies, votes with a long tail, names that people share, titles made of
 * common words, titles that thousands have, and about one line in 20,000 that cannot be loaded. What is generated names nobody: words
 * and names are drawn at random.
 *
 * @throws MovieHubError `invalid_argument` for a number of titles or a seed that cannot be.
 */
export async function generateImdb(options: GenerateImdbOptions): Promise<GeneratedFile[]> {
  const { titles, seed = 1, folder, onProgress, signal } = options;
  if (!Number.isSafeInteger(titles) || titles < 1 || titles > 100_000_000)
    throw new MovieHubError('invalid_argument', 'titles must be a whole number from 1 to 100,000,000.');
  if (!Number.isSafeInteger(seed))
    throw new MovieHubError('invalid_argument', 'seed must be a whole number.');
  signal?.throwIfAborted();
  await mkdir(folder, { recursive: true });
  const plans = planFiles(titles, seed);
  const weight = plans.reduce((sum, plan) => sum + plan.weight * plan.count, 0);
  const generated: GeneratedFile[] = [];
  let before = 0;
  for (const [index, plan] of plans.entries()) {
    const path = join(folder, `${plan.name}.tsv.gz`);
    const state = { lines: 0, done: 0 };
    const mess = new Mess(seed, index);
    let bytes = 0;
    const tell = () =>
      onProgress?.({
        file: plan.name,
        done: state.done,
        total: plan.count,
        share: (before + plan.weight * state.done) / weight,
      });
    await writeGzip(path, textOf(plan, mess, state), {
      signal,
      onWritten: (written) => {
        bytes += written;
        tell();
      },
    });
    before += plan.weight * plan.count;
    generated.push({ name: plan.name, path, lines: state.lines, spoiled: mess.spoiled, bytes });
  }
  return generated;
}

interface FilePlan {
  readonly name: string;
  readonly header: string;
  /** How many titles, or people, the file is about. */
  readonly count: number;
  /** Lines for each, about: what progress is measured in. */
  readonly weight: number;
  /** Makes the lines of one; there may be none. */
  readonly lines: (number: number) => string;
}

function planFiles(titles: number, seed: number): FilePlan[] {
  const plan = new TitlePlan(titles, seed);
  const about = new TitleLines(plan, seed);
  const people = new PeopleLines(plan, seed);
  const file = (
    name: string,
    header: string,
    weight: number,
    lines: (number: number) => string,
  ): FilePlan => ({
    name,
    header: `${header.split(' ').join('\t')}\n`,
    count: name === 'name.basics' ? plan.people : titles,
    weight,
    lines,
  });
  const basics =
    'tconst titleType primaryTitle originalTitle isAdult startYear endYear runtimeMinutes genres';
  const akas = 'titleId ordering title region language types attributes isOriginalTitle';
  const names = 'nconst primaryName birthYear deathYear primaryProfession knownForTitles';
  const principals = 'tconst ordering nconst category job characters';
  return [
    file('title.basics', basics, 2, (title) => about.basics(title)),
    file('name.basics', names, 1, (person) => people.name(person)),
    file('title.akas', akas, 4, (title) => about.akas(title)),
    file('title.crew', 'tconst directors writers', 1, (title) => people.crew(title)),
    file('title.episode', 'tconst parentTconst seasonNumber episodeNumber', 0.5, (title) =>
      about.episode(title),
    ),
    file('title.principals', principals, 9, (title) => people.principals(title)),
    file('title.ratings', 'tconst averageRating numVotes', 0.2, (title) => about.ratings(title)),
  ];
}

function* textOf(plan: FilePlan, mess: Mess, state: { lines: number; done: number }): Generator<string> {
  yield plan.header;
  for (let number = 0; number < plan.count; number += 1) {
    const lines = mess.of(number, plan.lines(number));
    for (let at = lines.indexOf('\n'); at >= 0; at = lines.indexOf('\n', at + 1)) state.lines += 1;
    state.done = number + 1;
    if (lines !== '') yield lines;
  }
}
