import { createWriteStream } from 'node:fs';
import { readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import { setTimeout as wait } from 'node:timers/promises';
import { MovieHubError } from 'movie-hub';

/** Tries without a new byte between them before a download is given up; ms to wait before each. Tests do not wait. */
export const waits = [500, 1_000, 2_000, 4_000, 8_000];

export interface DownloadOptions {
  readonly onProgress: (done: number, total: number | undefined) => void;
  readonly signal?: AbortSignal | undefined;
}

/** Which state of a file bytes are of. */
interface Mark {
  readonly etag?: string | undefined;
  readonly modified?: string | undefined;
  readonly size?: number | undefined;
}

/**
 * Fetches a file, going on where an earlier try stopped: with a range request, for the same state of the file only. One that is there whole and
 * has not changed since is not fetched again. Beside the file lies its mark, which says what state it is of; a part has one of its own.
 *
 * @returns False when the server has no such file.
 * @throws MovieHubError `download_failed` when the server cannot be reached, answers otherwise, or sends a form that is not to be kept;
 *   `file_unavailable` when the file cannot be written.
 */
export async function download(url: URL, path: string, options: DownloadOptions): Promise<boolean> {
  let tries = 0;
  let most = await sizeOf(partOf(path));
  for (;;) {
    options.signal?.throwIfAborted();
    try {
      return await fetchRest(url, path, options);
    } catch (cause) {
      if (options.signal?.aborted || cause instanceof MovieHubError) throw cause;
      if (isOfDisk(cause)) {
        const message = `The file ${path} cannot be written. What was fetched so far stays; make room and run the same again, or fetch to another folder.`;
        throw new MovieHubError('file_unavailable', message, { cause });
      }
      // As long as new bytes come, it is worth another try.
      const had = await sizeOf(partOf(path));
      tries = had > most ? 0 : tries + 1;
      most = Math.max(most, had);
      const pause = waits[tries];
      if (pause === undefined) {
        const message = `The file ${basename(path)} cannot be fetched from ${url.host}. What was fetched so far stays; try again later.`;
        throw new MovieHubError('download_failed', message, { cause });
      }
      await wait(pause, undefined, options.signal ? { signal: options.signal } : {});
    }
  }
}

/** Returns what tells one state of a fetched file from another; undefined when the server said nothing of it. */
export async function stateOf(path: string): Promise<string | undefined> {
  const { etag, modified } = await readMark(path);
  return etag ?? modified;
}

/** Removes a file with all that belongs to its download. */
export async function forgetDownload(path: string): Promise<void> {
  for (const each of [path, partOf(path)])
    for (const file of [markOf(each), each]) await rm(file, { force: true });
}

const partOf = (path: string) => `${path}.part`;
const markOf = (path: string) => `${path}.mark`;

async function fetchRest(url: URL, path: string, { onProgress, signal }: DownloadOptions): Promise<boolean> {
  const part = partOf(path);
  const ofPart = await readMark(part);
  // The process ended just before it could name the file.
  if (ofPart.size !== undefined && (await sizeOf(part)) === ofPart.size) await keep(part, path);
  const had = await sizeOf(part);
  const response = await fetch(url, {
    headers: { 'accept-encoding': 'identity', ...(await conditions(path, had)) },
    ...(signal && { signal }),
  });
  const { status, headers, body } = response;
  if (status === 304) return true;
  if (status !== 200 && status !== 206) await body?.cancel();
  if (status === 404 || status === 403 || status === 410) return false;
  if (status === 416) {
    await rm(part, { force: true });
    throw new Error('the part that was fetched before is no part of the file');
  }
  if ((status !== 200 && status !== 206) || body === null) throw new Error(`the server answers ${status}`);
  if (headers.has('content-encoding')) {
    await body.cancel();
    const message = `${url.host} packs ${basename(path)} once more on its way (content-encoding): the server must send the file as it is.`;
    throw new MovieHubError('download_failed', message);
  }
  if (status === 206 && startOf(response) !== had) {
    await body.cancel();
    throw new Error('the server sends another part than it was asked for');
  }
  const start = status === 206 ? had : 0;
  const length = headers.get('content-length');
  const total = length === null ? undefined : start + Number(length);
  if (status === 200) {
    // A part of another state must not meet the mark of this one, wherever the process ends.
    await rm(part, { force: true });
    const etag = headers.get('etag') ?? undefined;
    const modified = headers.get('last-modified') ?? undefined;
    await writeFile(markOf(part), JSON.stringify({ etag, modified, size: total } satisfies Mark));
  }
  let done = start;
  const count = new Transform({
    transform(chunk: Buffer, _, callback) {
      done += chunk.length;
      onProgress(done, total);
      callback(null, chunk);
    },
  });
  const bytes = Readable.fromWeb(body as ReadableStream);
  await pipeline(bytes, count, createWriteStream(part, { flags: status === 206 ? 'a' : 'w' }));
  const whole = (await readMark(part)).size;
  if (whole !== undefined && done !== whole) throw new Error(`${done} of ${whole} bytes came`);
  await keep(part, path);
  return true;
}

/** What a request says of the bytes that are there already. */
async function conditions(path: string, had: number): Promise<Record<string, string>> {
  if (had > 0) {
    const { etag, modified } = await readMark(partOf(path));
    // A weak tag does not tell one row of bytes from another.
    const validator = etag?.startsWith('W/') ? modified : (etag ?? modified);
    return validator === undefined ? {} : { range: `bytes=${had}-`, 'if-range': validator };
  }
  const { etag, modified, size } = await readMark(path);
  if (size !== undefined && (await sizeOf(path)) !== size) return {};
  if ((await sizeOf(path)) === 0) return {};
  if (etag) return { 'if-none-match': etag };
  return modified ? { 'if-modified-since': modified } : {};
}

/** Makes a part that is whole the file. */
async function keep(part: string, path: string): Promise<void> {
  const mark = await readMark(part);
  await rename(part, path);
  await rename(markOf(part), markOf(path));
  const modified = Date.parse(mark.modified ?? '');
  if (!Number.isNaN(modified)) await utimes(path, new Date(modified), new Date(modified));
}

function startOf(response: Response): number | undefined {
  const match = /^bytes (\d+)-/.exec(response.headers.get('content-range') ?? '');
  return match === null ? undefined : Number(match[1]);
}

async function readMark(path: string): Promise<Mark> {
  try {
    return JSON.parse(await readFile(markOf(path), 'utf8')) as Mark;
  } catch {
    return {};
  }
}

async function sizeOf(path: string): Promise<number> {
  return (await stat(path).catch(() => undefined))?.size ?? 0;
}

/** Whether the failure is of this machine's disk, where another try does not help. */
function isOfDisk(cause: unknown): boolean {
  const code = (cause as { code?: unknown } | null)?.code;
  return (
    typeof code === 'string' &&
    /^(ERR_FS_EISDIR|ENOSPC|EDQUOT|EACCES|EPERM|EROFS|EISDIR|ENOTDIR|EMFILE|EIO)$/.test(code)
  );
}
