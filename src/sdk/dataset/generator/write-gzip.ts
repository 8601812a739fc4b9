import { open, rename, rm } from 'node:fs/promises';
import { promisify } from 'node:util';
import { constants, gzip } from 'node:zlib';
import { brokenBytes } from './mess';

const compress = promisify(gzip);
/** Characters that are compressed at once. */
const pieceLength = 1 << 20;
/** Pieces that are compressed while the next is made. */
const mostWaiting = 3;
const settings = { level: constants.Z_BEST_SPEED };
const broken = Buffer.from(brokenBytes);

/**
 * Writes text as a `.gz` file, one gzip member for each piece, compressed beside the making of the next one. The file has its name
 * only when it is whole; what is not whole is removed.
 *
 * @param onWritten Told the bytes of each piece that has reached the file.
 */
export async function writeGzip(
  path: string,
  texts: Iterable<string>,
  { signal, onWritten }: { signal?: AbortSignal | undefined; onWritten?: (bytes: number) => void },
): Promise<void> {
  const partial = `${path}.part`;
  const file = await open(partial, 'w');
  try {
    const waiting: Promise<Buffer>[] = [];
    const writeFirst = async () => {
      const bytes = await (waiting.shift() as Promise<Buffer>);
      await file.writeFile(bytes);
      onWritten?.(bytes.length);
    };
    for (const piece of inPieces(texts)) {
      signal?.throwIfAborted();
      const compressed = compress(toBytes(piece), settings);
      // Awaited in its turn: until then a failure is nobody's.
      compressed.catch(() => undefined);
      waiting.push(compressed);
      if (waiting.length > mostWaiting) await writeFirst();
    }
    while (waiting.length > 0) await writeFirst();
    signal?.throwIfAborted();
    await file.close();
    await rename(partial, path);
  } catch (cause) {
    await file.close().catch(() => undefined);
    await rm(partial, { force: true }).catch(() => undefined);
    throw cause;
  }
}

function* inPieces(texts: Iterable<string>): Generator<string> {
  let piece = '';
  for (const text of texts) {
    piece += text;
    if (piece.length < pieceLength) continue;
    yield piece;
    piece = '';
  }
  if (piece !== '') yield piece;
}

/** Bytes that are no UTF-8 can be in no text: they are put in here. */
function toBytes(text: string): Buffer {
  const bytes = Buffer.from(text);
  for (let at = bytes.indexOf(broken); at >= 0; at = bytes.indexOf(broken, at)) bytes.fill(0xff, at, at + 3);
  return bytes;
}
