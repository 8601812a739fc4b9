import { open, rename, rm } from 'node:fs/promises';
import { promisify } from 'node:util';
import { constants, gzip } from 'node:zlib';
import { brokenBytes } from './mess';

const compress = promisify(gzip);
/** Characters that are compressed at once, and as many as one text may have beyond them. */
const pieceLength = 1 << 20;
const mostBeyond = 1 << 16;
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
    const spare: Buffer[] = [];
    const waiting: { piece: Buffer; compressed: Promise<Buffer> }[] = [];
    const writeFirst = async () => {
      const first = waiting.shift();
      if (first === undefined) return;
      const bytes = await first.compressed;
      spare.push(first.piece);
      await file.writeFile(bytes);
      onWritten?.(bytes.length);
    };
    for (const { piece, length } of inPieces(texts, spare)) {
      signal?.throwIfAborted();
      const compressed = compress(withBrokenBytes(piece.subarray(0, length)), settings);
      // Awaited in its turn: until then a failure is nobody's.
      compressed.catch(() => undefined);
      waiting.push({ piece, compressed });
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

/** @param spare Buffers that may be written over: garbage of this size would stay in memory for long. */
function* inPieces(texts: Iterable<string>, spare: Buffer[]): Generator<{ piece: Buffer; length: number }> {
  // A character takes up to three bytes.
  const take = () => spare.pop() ?? Buffer.allocUnsafeSlow(3 * (pieceLength + mostBeyond));
  let piece = take();
  let length = 0;
  let characters = 0;
  for (const text of texts) {
    length += piece.write(text, length);
    characters += text.length;
    if (characters < pieceLength) continue;
    yield { piece, length };
    piece = take();
    length = 0;
    characters = 0;
  }
  if (length > 0) yield { piece, length };
}

/** Bytes that are no UTF-8 can be in no text: they are put in here. */
function withBrokenBytes(bytes: Buffer): Buffer {
  for (let at = bytes.indexOf(broken); at >= 0; at = bytes.indexOf(broken, at)) bytes.fill(0xff, at, at + 3);
  return bytes;
}
