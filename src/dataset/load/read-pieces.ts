import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import { createGunzip } from 'node:zlib';
import { MovieHubError } from 'movie-hub';
import { isOfFiles } from '../is-of-files';
import { loadSizes } from './load-sizes';

/**
 * Reads a file piece by piece, unpacked when it is packed.
 *
 * @param onRead Told how many bytes of the file were read, as they are on disk.
 * @throws MovieHubError `file_unavailable` when the file cannot be read; `invalid_argument` when it cannot be unpacked to its end.
 */
export async function* readPieces(path: string, onRead: (bytes: number) => void): AsyncGenerator<Buffer> {
  const pieceSize = loadSizes.bytesRead;
  const file = createReadStream(path, { highWaterMark: pieceSize });
  file.on('data', (chunk) => onRead(chunk.length));
  const bytes = path.endsWith('.gz') ? file.pipe(createGunzip({ chunkSize: pieceSize })) : file;
  // An error of the file does not travel along a pipe by itself.
  if (bytes !== file) file.on('error', (error) => bytes.destroy(error));
  try {
    for await (const piece of bytes as AsyncIterable<Buffer>) yield piece;
  } catch (cause) {
    const name = `The file ${basename(path)}`;
    throw isOfFiles(cause)
      ? new MovieHubError('file_unavailable', `${name} cannot be read.`, { cause })
      : new MovieHubError('invalid_argument', `${name} is damaged: it cannot be unpacked to its end.`, {
          cause,
        });
  } finally {
    file.destroy();
  }
}
