import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MovieHubError } from 'movie-hub';

/** Returns the path of a file or folder that the package ships, wherever the build put this code. */
export function packageFile(path: string): string {
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    const manifest = join(folder, 'package.json');
    if (existsSync(manifest) && JSON.parse(readFileSync(manifest, 'utf8')).name === 'movie-hub') {
      return join(folder, path);
    }
    if (folder === dirname(folder)) {
      throw new MovieHubError(
        'internal',
        'The files of the package movie-hub were not found beside its code.',
      );
    }
  }
}
