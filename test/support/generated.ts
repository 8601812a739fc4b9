import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { generateImdb } from 'movie-hub/dataset';
import type { GeneratedFile, GenerateImdbOptions } from '../../src/dataset/generate-imdb';

/** Files that were generated for a test. */
export interface Generated {
  readonly folder: string;
  readonly files: readonly GeneratedFile[];
  /** The lines of a file below its header, each as its columns. */
  rows(file: string): string[][];
  remove(): void;
}

/** Generates files in a new folder; of clean lines only, unless told otherwise. */
export async function generateFiles(options: Omit<GenerateImdbOptions, 'folder'>): Promise<Generated> {
  const folder = mkdtempSync(join(tmpdir(), 'movie-hub-generated-'));
  const files = await generateImdb({ spoiledShare: 0, ...options, folder });
  const read = new Map<string, string[][]>();
  return {
    folder,
    files,
    rows: (file) => {
      const rows = read.get(file) ?? linesOf(folder, file).map((line) => line.split('\t'));
      read.set(file, rows);
      return rows;
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Reads the lines of a file below its header, as a reader does that takes line ends of Windows too. */
export function linesOf(folder: string, file: string): string[] {
  const text = gunzipSync(readFileSync(join(folder, `${file}.tsv.gz`))).toString();
  const lines = text.split('\n').map((line) => line.replace(/\r$/, ''));
  if (lines.pop() !== '') throw new Error('The last line has no end.');
  return lines.slice(1);
}

const types = new Set(
  'movie short tvSeries tvEpisode tvMovie tvSpecial tvMiniSeries tvShort video videoGame tvPilot'.split(' '),
);
const isTitle = (value: string) => /^tt\d{7,9}$/.test(value);
const isPerson = (value: string) => /^nm\d{7,9}$/.test(value);
const isText = (value: string) => value !== '' && value !== '\\N';
const isNumber = (value: string) => /^\d{1,9}$/.test(value);
const isNull = (value: string) => value === '\\N';
const anything = () => true;
const orNull = (check: (value: string) => boolean) => (value: string) => isNull(value) || check(value);
const listOf = (check: (value: string) => boolean) => orNull((value) => value.split(',').every(check));

function isCharacters(value: string): boolean {
  try {
    const parsed: unknown = JSON.parse(value);
    return Array.isArray(parsed) && parsed.every((name) => typeof name === 'string');
  } catch {
    return false;
  }
}

/** What each column has to be for a line to be loaded, by what IMDb says of its files. */
export const columnChecks: Readonly<Record<string, readonly ((value: string) => boolean)[]>> = {
  'title.basics': [
    isTitle,
    (value) => types.has(value),
    isText,
    isText,
    (value) => value === '0' || value === '1',
    orNull(isNumber),
    orNull(isNumber),
    orNull(isNumber),
    anything,
  ],
  'name.basics': [isPerson, isText, orNull(isNumber), orNull(isNumber), anything, listOf(isTitle)],
  'title.akas': [isTitle, isNumber, isText, anything, anything, anything, anything, anything],
  'title.crew': [isTitle, listOf(isPerson), listOf(isPerson)],
  'title.episode': [isTitle, isTitle, orNull(isNumber), orNull(isNumber)],
  'title.principals': [isTitle, isNumber, isPerson, isText, anything, orNull(isCharacters)],
  'title.ratings': [isTitle, (value) => /^(10|\d)\.\d$/.test(value), isNumber],
};

/** Tells whether a line can be loaded. */
export function canBeLoaded(file: string, columns: readonly string[]): boolean {
  const checks = columnChecks[file] ?? [];
  return (
    columns.length === checks.length &&
    columns.every((value, i) => !value.includes('\0') && checks[i]?.(value) === true)
  );
}
