import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { defineConfig, type Options } from 'tsup';

const shared: Options = {
  target: 'node20',
  platform: 'node',
  loader: { '.sql': 'text' },
  sourcemap: true,
  shims: true,
  removeNodeProtocol: false,
  // The other doors and the commands use the SDK by its public name, so that there is one copy of it.
  external: ['movie-hub', 'movie-hub/dataset', 'movie-hub/ui', 'movie-hub/testing'],
};

/** The page's scripts and styles: one file each, taken from packages that only the build needs. */
async function copyAssets(): Promise<void> {
  const assets: ReadonlyArray<readonly [from: string, to: string]> = [
    ['node_modules/htmx.org/dist/htmx.min.js', 'htmx.min.js'],
    ['node_modules/htmx.org/dist/ext/hx-sse.min.js', 'hx-sse.min.js'],
    ['node_modules/htmx.org/LICENSE', 'htmx.LICENSE'],
    ['node_modules/@picocss/pico/css/pico.min.css', 'pico.min.css'],
    ['node_modules/@picocss/pico/LICENSE.md', 'pico.LICENSE'],
  ];
  await mkdir('dist/public', { recursive: true });
  for (const [from, to] of assets) await copyFile(from, `dist/public/${to}`);
  for (const name of ['hub.css', 'pages.css', 'admin.css', 'chat.css', 'hub.js', 'theme.js', 'icon.svg'])
    await copyFile(`src/ui/public/${name}`, `dist/public/${name}`);
  for (const name of await readdir('dist/public'))
    if (/\.(js|css)$/.test(name)) await compress(`dist/public/${name}`);
}

/** Compressed once, here: the hub sends whichever copy the browser takes. */
async function compress(path: string): Promise<void> {
  const bytes = await readFile(path);
  await writeFile(`${path}.gz`, gzipSync(bytes, { level: 9 }));
  await writeFile(`${path}.br`, brotliCompressSync(bytes));
}

/**
 * Doors for ESM and CommonJS.
 *
 * @param unsupported What CommonJS does without: `dynamic-import` has it load later what it needs by `require`, and so the copy of a
 *   package that the app has, and Jest can load it. That takes packages with a CommonJS build.
 */
function doors(
  entry: Record<string, string>,
  unsupported: Record<string, false>,
  more: Options = {},
): Options {
  return {
    ...shared,
    ...more,
    entry,
    format: ['esm', 'cjs'],
    dts: true,
    // One set of source maps is enough to read: with two the package would be half as large again. They lead to files and lines of the
    // source, and hold no copy of it.
    esbuildOptions(options, { format }) {
      options.sourcesContent = false;
      if (format !== 'cjs') return;
      options.sourcemap = false;
      options.supported = { ...options.supported, ...unsupported };
    },
  };
}

export default defineConfig([
  doors(
    { index: 'src/sdk/index.ts', ui: 'src/ui/index.ts', testing: 'src/testing/index.ts' },
    { 'dynamic-import': false },
    { onSuccess: copyAssets },
  ),
  // node-pg-migrate has no CommonJS build.
  doors({ dataset: 'src/dataset/index.ts' }, {}),
  {
    ...shared,
    entry: {
      'movie-hub': 'src/cli/movie-hub.ts',
      'movie-hub-demo': 'src/cli/movie-hub-demo.ts',
      'movie-hub-mcp': 'src/cli/movie-hub-mcp.ts',
    },
    outDir: 'dist/cli',
    format: ['esm'],
    banner: { js: '#!/usr/bin/env node' },
    esbuildOptions(options) {
      options.sourcesContent = false;
    },
  },
]);
