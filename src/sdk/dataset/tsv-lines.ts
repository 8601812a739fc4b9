import { createReadStream, existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { createGunzip } from 'node:zlib';
import { MovieHubError } from '../errors';

/** One data line of an IMDb file: its fields by the header's names, `null` where the file says `\N`. */
export interface TsvLine {
  /** Number of the line in the file; the header is line 1. */
  readonly number: number;
  /** Undefined when the line does not have as many fields as the header. */
  readonly fields: Readonly<Record<string, string | null>> | undefined;
}

/**
 * Finds an IMDb file in a folder, as `name.tsv` or `name.tsv.gz`.
 *
 * @returns Its path, or undefined when the folder has neither.
 */
export function findTsv(folder: string, name: string): string | undefined {
  return [`${name}.tsv`, `${name}.tsv.gz`].map((file) => join(folder, file)).find((path) => existsSync(path));
}

/**
 * Reads an IMDb file line by line, in constant memory.
 *
 * @throws MovieHubError `invalid_argument` when the file cannot be read to its end.
 *
 * Quotes and backslashes are data there, and a line ends at a line feed only: a reader for CSV, or node's readline,
 * which also breaks at U+2028, would tear fields apart.
 */
export async function* readTsv(path: string): AsyncGenerator<TsvLine> {
  let header: string[] | undefined;
  let number = 0;
  for await (const line of lines(path)) {
    number += 1;
    const values = line.split('\t');
    if (header === undefined) {
      header = values;
      continue;
    }
    yield { number, fields: values.length === header.length ? byName(header, values) : undefined };
  }
}

async function* lines(path: string): AsyncGenerator<string> {
  const file = createReadStream(path);
  const bytes = path.endsWith('.gz') ? file.pipe(createGunzip()) : file;
  // An error of the file does not travel along a pipe by itself.
  if (bytes !== file) file.on('error', (error) => bytes.destroy(error));
  let rest = '';
  try {
    for await (const chunk of bytes.setEncoding('utf8') as AsyncIterable<string>) {
      const parts = (rest + chunk).split('\n');
      rest = parts.pop() ?? '';
      for (const part of parts) yield withoutReturn(part);
    }
  } catch (cause) {
    const message = `The file ${basename(path)} is damaged or cannot be read.`;
    throw new MovieHubError('invalid_argument', message, { cause });
  }
  if (rest !== '') yield withoutReturn(rest);
}

function withoutReturn(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line;
}

function byName(header: readonly string[], values: readonly string[]): Record<string, string | null> {
  const fields: Record<string, string | null> = {};
  header.forEach((name, i) => {
    const value = values[i];
    fields[name] = value === undefined || value === '\\N' ? null : value;
  });
  return fields;
}
