import { createWriteStream } from 'node:fs';
import { readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import { setTimeout as wait } from 'node:timers/promises';
import { MovieHubError } from '../../errors';

/** Tries without a byte between them before a download is given up; ms to wait before each. */
const waits = [500, 1_000, 2_000, 4_000, 8_000];

export interface DownloadOptions {
  readonly onProgress: (done: number, total: number | undefined) => void;
  readonly signal?: AbortSignal | undefined;
}

/** Which state of a file its first bytes are of. */
interface Mark {
  readonly etag?: string | undefined;
  readonly modified?: string | undefined;
  readonly size?: number | undefined;
}

/**
 * Fetches a file, going on where an earlier try stopped: with a range request, for the same state of the file only. One that is there whole and
 * has not changed since is not fetched again.
 *
 * @returns False when the server has no such file.
 * @throws MovieHubError `not_found` when the server cannot be reached or answers otherwise; `invalid_argument` when the file ends early.
 */
export async function download(url: URL, path: string, options: DownloadOptions): Promise<boolean> {
  const partial = `${path}.part`;
  let tries = 0;
  for (;;) {
    options.signal?.throwIfAborted();
    const had = await sizeOf(partial);
    try {
      return await fetchRest(url, path, partial, had, options);
    } catch (cause) {
      if (options.signal?.aborted || cause instanceof MovieHubError) throw cause;
      // As long as bytes come, it is worth another try.
      tries = (await sizeOf(partial)) > had ? 0 : tries + 1;
      const pause = waits[tries];
      if (pause === undefined) {
        const message = `The file ${basename(path)} cannot be fetched from ${url.host}. What was fetched so far stays; try again later.`;
        throw new MovieHubError('not_found', message, { cause });
      }
      await wait(pause, undefined, options.signal ? { signal: options.signal } : {});
    }
  }
}

async function fetchRest(
  url: URL,
  path: string,
  partial: string,
  had: number,
  { onProgress, signal }: DownloadOptions,
): Promise<boolean> {
  const markPath = `${path}.mark`;
  const mark = await readMark(markPath);
  const validator = mark.etag ?? mark.modified;
  const isWhole = had === 0 && mark.size !== undefined && (await sizeOf(path)) === mark.size;
  const headers: Record<string, string> = { 'accept-encoding': 'identity' };
  if (had > 0 && validator !== undefined)
    Object.assign(headers, { range: `bytes=${had}-`, 'if-range': validator });
  else if (isWhole && mark.etag) headers['if-none-match'] = mark.etag;
  else if (isWhole && mark.modified) headers['if-modified-since'] = mark.modified;
  const response = await fetch(url, { headers, ...(signal && { signal }) });
  if (response.status === 304) return true;
  if (response.status === 404 || response.status === 403 || response.status === 410) {
    await response.body?.cancel();
    return false;
  }
  if (response.status === 416) {
    await response.body?.cancel();
    await rm(partial, { force: true });
    throw new Error('the part that was fetched before is no part of the file');
  }
  if (!response.ok || response.body === null) throw new Error(`the server answers ${response.status}`);
  const isRest = response.status === 206 && startOf(response) === had;
  if (response.status === 206 && !isRest)
    throw new Error('the server sends another part than it was asked for');
  const start = isRest ? had : 0;
  const length = response.headers.get('content-length');
  const total = length === null ? undefined : start + Number(length);
  if (!isRest) {
    const weak = response.headers.get('etag')?.startsWith('W/');
    await writeFile(
      markPath,
      JSON.stringify({
        etag: weak ? undefined : (response.headers.get('etag') ?? undefined),
        modified: response.headers.get('last-modified') ?? undefined,
        size: total,
      } satisfies Mark),
    );
  }
  let done = start;
  const count = new Transform({
    transform(chunk: Buffer, _, callback) {
      done += chunk.length;
      onProgress(done, total);
      callback(null, chunk);
    },
  });
  const body = Readable.fromWeb(response.body as ReadableStream);
  await pipeline(body, count, createWriteStream(partial, { flags: isRest ? 'a' : 'w' }));
  const whole = (await readMark(markPath)).size;
  if (whole !== undefined && done !== whole) throw new Error(`${done} of ${whole} bytes came`);
  await rename(partial, path);
  // The same state of the file is the same file to a load that goes on.
  const modified = Date.parse((await readMark(markPath)).modified ?? '');
  if (!Number.isNaN(modified)) await utimes(path, new Date(modified), new Date(modified));
  return true;
}

function startOf(response: Response): number | undefined {
  const match = /^bytes (\d+)-/.exec(response.headers.get('content-range') ?? '');
  return match === null ? undefined : Number(match[1]);
}

async function readMark(path: string): Promise<Mark> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Mark;
  } catch {
    return {};
  }
}

async function sizeOf(path: string): Promise<number> {
  return (await stat(path).catch(() => undefined))?.size ?? 0;
}
