import { readdirSync, statSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** A file as a server has it at the moment. */
export interface ServedFile {
  bytes: Buffer;
  etag?: string | undefined;
  modified?: string | undefined;
}

/** How a server misbehaves; each function is asked for each request. */
export interface Faults {
  /** Breaks the connection after so many bytes, when the client has written them: it drops what it has not taken by then. */
  breakAfter?: (request: number) => number | undefined;
  status?: (request: number) => number | undefined;
  ignoresRanges?: boolean;
  /** Where the client writes, also below; needed by `breakAfter` and `lie`. */
  folder?: string;
  /** Adds to the length that is told of the whole file. */
  lie?: number;
  headers?: Record<string, string>;
}

/** A server of files for one test, with a diary of its requests. */
export interface FileServer {
  readonly url: string;
  readonly files: Map<string, ServedFile>;
  readonly faults: Faults;
  readonly requests: { path: string; range: string | undefined; status: number }[];
}

/** Serves files with ranges and validators, as those of IMDb are. */
export async function serveFiles(
  files: Record<string, ServedFile>,
  faults: Faults = {},
): Promise<FileServer> {
  const served = new Map(Object.entries(files));
  const requests: FileServer['requests'] = [];
  const server = createServer((request, response) => {
    answer(request, response, served, faults, requests);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/`, files: served, faults, requests };
}

function answer(
  request: IncomingMessage,
  response: ServerResponse,
  files: ReadonlyMap<string, ServedFile>,
  faults: Faults,
  requests: FileServer['requests'],
): void {
  const path = (request.url ?? '').slice(1);
  const { range } = request.headers;
  const number = requests.length;
  const note = (status: number) => {
    requests.push({ path, range, status });
  };
  const endWith = (status: number, headers: Record<string, string> = {}) => {
    note(status);
    response.writeHead(status, headers);
    response.end();
  };
  const forced = faults.status?.(number);
  const file = files.get(path);
  if (forced !== undefined || file === undefined) {
    endWith(forced ?? 404);
    return;
  }
  const { bytes, etag, modified } = file;
  const unchanged =
    (etag !== undefined && request.headers['if-none-match'] === etag) ||
    (modified !== undefined && request.headers['if-modified-since'] === modified);
  if (unchanged) {
    endWith(304);
    return;
  }
  const isSame = [etag, modified].includes(String(request.headers['if-range']));
  const from = isSame && !faults.ignoresRanges ? Number(/^bytes=(\d+)-/.exec(range ?? '')?.[1] ?? 0) : 0;
  if (from > 0 && from >= bytes.length) {
    endWith(416);
    return;
  }
  const status = from > 0 ? 206 : 200;
  note(status);
  response.writeHead(status, {
    'content-length': String(bytes.length - from + (faults.lie ?? 0)),
    ...(etag && { etag }),
    ...(modified && { 'last-modified': modified }),
    ...(from > 0 && { 'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}` }),
    ...faults.headers,
  });
  const most = faults.breakAfter?.(number);
  const isBroken = most !== undefined && most < bytes.length - from;
  if (!isBroken && !faults.lie) {
    response.end(bytes.subarray(from));
    return;
  }
  const end = from + (most ?? bytes.length);
  const isTaken = () =>
    readdirSync(faults.folder ?? '', { recursive: true, encoding: 'utf8' }).some(
      (part) =>
        part.endsWith(`${path}.part`) &&
        statSync(join(faults.folder ?? '', part)).size >= Math.min(end, bytes.length),
    );
  response.write(bytes.subarray(from, end), () => {
    const timer = setInterval(() => {
      if (!response.closed && !isTaken()) return;
      clearInterval(timer);
      response.destroy();
    }, 5);
  });
}
