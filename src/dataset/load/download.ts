import { createWriteStream } from 'node:fs';
import { readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { MovieHubError } from 'movie-hub';
import { isFileError } from '../files';

/** Ms to wait before each retry that follows a failure without progress. Tests do not wait. */
export const retryDelays = [500, 1_000, 2_000, 4_000, 8_000];

export interface DownloadOptions {
  readonly onProgress: (done: number, total: number | undefined) => void;
  readonly signal?: AbortSignal | undefined;
}

/** The version of a file, noted beside it from the server's headers. */
interface Version {
  readonly etag?: string | undefined;
  readonly modified?: string | undefined;
  readonly size?: number | undefined;
}

/**
 * Downloads a file, unless it is complete and unchanged. An interrupted download resumes with a range request when the version is
 * still the same, in this call or a later one.
 *
 * @returns False when the server has no such file; what was there of it is removed.
 * @throws MovieHubError `download_failed` when the server is unreachable, answers otherwise, or sends an encoding that must not be
 *   stored; `file_unavailable` when the file cannot be written.
 */
export async function download(url: URL, path: string, options: DownloadOptions): Promise<boolean> {
  const part = `${path}.part`;
  let failures = 0;
  let max = await sizeOf(part);
  for (;;) {
    options.signal?.throwIfAborted();
    try {
      const isFound = await fetchRest(url, path, options);
      if (!isFound) for (const file of [path, part, `${path}.version`]) await rm(file, { force: true });
      return isFound;
    } catch (cause) {
      if (options.signal?.aborted || cause instanceof MovieHubError) throw cause;
      if (isFileError(cause)) {
        const message = `The file ${path} cannot be written. The downloaded part stays: free some space and run the same again, or use another folder.`;
        throw new MovieHubError('file_unavailable', message, { cause });
      }
      const size = await sizeOf(part);
      failures = size > max ? 0 : failures + 1;
      max = Math.max(max, size);
      const delay = retryDelays[failures];
      if (delay === undefined) {
        const message = `The file ${basename(path)} cannot be downloaded from ${url.host}. The downloaded part stays; try again later.`;
        throw new MovieHubError('download_failed', message, { cause });
      }
      await sleep(delay, undefined, { ...(options.signal && { signal: options.signal }) });
    }
  }
}

/** Returns the version of a downloaded file; undefined when the server named none. */
export async function versionOf(path: string): Promise<string | undefined> {
  const { etag, modified } = await readVersion(path);
  return etag ?? modified;
}

async function fetchRest(url: URL, path: string, { onProgress, signal }: DownloadOptions): Promise<boolean> {
  const part = `${path}.part`;
  const before = await readVersion(path);
  const had = await sizeOf(part);
  // The process ended just before it could rename the complete file.
  if (had > 0 && had === before.size) return finish(path);
  const conditions = had > 0 ? resumeFrom(had, before) : unlessSame(before, await sizeOf(path));
  const response = await fetch(url, {
    headers: { 'accept-encoding': 'identity', ...conditions },
    ...(signal && { signal }),
  });
  const { status, headers, body } = response;
  if (status === 304) return true;
  const refuse = async (error: Error) => {
    await body?.cancel();
    throw error;
  };
  if (status === 404 || status === 403 || status === 410) {
    await body?.cancel();
    return false;
  }
  if (status === 416) await rm(part, { force: true });
  if ((status !== 200 && status !== 206) || body === null)
    return refuse(new Error(`the server answers ${status}`));
  if (headers.has('content-encoding')) {
    const message = `${url.host} compresses ${basename(path)} once more (content-encoding): the server must send the file unchanged.`;
    return refuse(new MovieHubError('download_failed', message));
  }
  let done = status === 206 ? had : 0;
  if (status === 206 && !headers.get('content-range')?.startsWith(`bytes ${had}-`))
    return refuse(new Error('the server sends another range'));
  const length = headers.get('content-length');
  const total = length === null ? undefined : done + Number(length);
  if (status === 200) {
    // Bytes of an older version must never meet the headers of this one, wherever the process ends.
    for (const file of [path, part]) await rm(file, { force: true });
    const modified = headers.get('last-modified') ?? undefined;
    const version: Version = { etag: headers.get('etag') ?? undefined, modified, size: total };
    await writeFile(`${path}.version`, JSON.stringify(version));
  }
  async function* counted(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of bytes) {
      done += chunk.length;
      onProgress(done, total);
      yield chunk;
    }
  }
  await pipeline(body, counted, createWriteStream(part, { flags: status === 206 ? 'a' : 'w' }));
  const size = status === 206 ? before.size : total;
  if (size !== undefined && done !== size) throw new Error(`received ${done} of ${size} bytes`);
  return finish(path);
}

function resumeFrom(start: number, { etag, modified }: Version): Record<string, string> {
  // A weak tag does not identify bytes.
  const validator = etag?.startsWith('W/') ? modified : (etag ?? modified);
  return validator === undefined ? {} : { range: `bytes=${start}-`, 'if-range': validator };
}

function unlessSame({ etag, modified, size }: Version, had: number): Record<string, string> {
  if (had === 0 || (size !== undefined && had !== size)) return {};
  if (etag) return { 'if-none-match': etag };
  return modified ? { 'if-modified-since': modified } : {};
}

async function finish(path: string): Promise<true> {
  await rename(`${path}.part`, path);
  const modified = new Date((await readVersion(path)).modified ?? '');
  if (!Number.isNaN(modified.getTime())) await utimes(path, modified, modified);
  return true;
}

async function readVersion(path: string): Promise<Version> {
  const text = await readFile(`${path}.version`, 'utf8').catch(() => '{}');
  try {
    return JSON.parse(text) as Version;
  } catch {
    return {};
  }
}

async function sizeOf(path: string): Promise<number> {
  return (await stat(path).catch(() => undefined))?.size ?? 0;
}
