import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** All static files of the pages. Nothing else is served. */
export const assetNames = [
  'htmx.min.js',
  'hx-sse.min.js',
  'hub.js',
  'theme.js',
  'pico.min.css',
  'hub.css',
  'pages.css',
  'admin.css',
  'chat.css',
  'icon.svg',
] as const;

/** The folders of the static files, and their versions. */
export interface Assets {
  readonly folders: readonly string[];
  /** Returns a short hash of a file's content, for its URL. */
  versionOf(name: string): string;
}

/** Finds the static files: next to the built code, or in their source folders in a checkout. */
export function openAssets(): Assets {
  const built = here('./public/');
  const folders = existsSync(join(built, 'htmx.min.js'))
    ? [built]
    : [
        here('./public/'),
        here('../../node_modules/htmx.org/dist/'),
        here('../../node_modules/htmx.org/dist/ext/'),
        here('../../node_modules/@picocss/pico/css/'),
      ];
  const versions = new Map(assetNames.map((name) => [name as string, hashOf(folders, name)]));
  return { folders, versionOf: (name) => versions.get(name) ?? '' };
}

function hashOf(folders: readonly string[], name: string): string {
  const file = folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
  return file === undefined ? '' : createHash('sha256').update(readFileSync(file)).digest('hex').slice(0, 12);
}

function here(path: string): string {
  return fileURLToPath(new URL(path, import.meta.url));
}
