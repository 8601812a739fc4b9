import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

const headers = {
  'title.basics':
    'tconst titleType primaryTitle originalTitle isAdult startYear endYear runtimeMinutes genres',
  'name.basics': 'nconst primaryName birthYear deathYear primaryProfession knownForTitles',
  'title.principals': 'tconst ordering nconst category job characters',
  'title.ratings': 'tconst averageRating numVotes',
  'title.akas': 'titleId ordering title region language types attributes isOriginalTitle',
  'title.episode': 'tconst parentTconst seasonNumber episodeNumber',
  'title.crew': 'tconst directors writers',
} as const;

/** Names of IMDb's files, each with the lines to write below its header; fields are parted by ` | `. */
export type ImdbLines = Partial<Record<keyof typeof headers, readonly string[]>>;

/** Writes a folder of IMDb's files for one test. */
export function imdbFolder(
  files: ImdbLines,
  write: (name: string, text: string) => void = () => undefined,
): string {
  const folder = emptyFolder();
  for (const [name, lines] of Object.entries(files)) {
    const header = headers[name as keyof typeof headers].replaceAll(' ', '\t');
    const text = `${[header, ...lines.map((line) => line.replaceAll(' | ', '\t'))].join('\n')}\n`;
    const path = join(folder, `${name}.tsv`);
    writeFileSync(path, text);
    write(path, text);
  }
  return folder;
}

/** Makes an empty folder for one test. */
export function emptyFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'movie-hub-imdb-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
