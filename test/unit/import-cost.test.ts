import { build } from 'esbuild';
import { expect, test, vi } from 'vitest';
import { movieToolNames } from '../support/movie-tools';

const counts = vi.hoisted(() => ({ validators: 0, luxon: 0 }));

vi.mock('ajv/dist/2020.js', async (importOriginal) => {
  const original = await importOriginal<typeof import('ajv/dist/2020.js')>();
  const { Ajv2020 } = original;
  return {
    ...original,
    Ajv2020: class extends Ajv2020 {
      constructor(...options: ConstructorParameters<typeof Ajv2020>) {
        super(...options);
        counts.validators += 1;
      }
    },
  };
});
vi.mock('luxon', async (importOriginal) => {
  counts.luxon += 1;
  return importOriginal<typeof import('luxon')>();
});

test('importing the package makes no validator and loads no luxon; the first use of the movie tools does', async () => {
  const { movieTools } = await import('movie-hub');
  expect(movieTools).toHaveLength(movieToolNames.length);
  expect(counts).toEqual({ validators: 0, luxon: 0 });
  expect(movieTools.map(({ name }) => name)).toEqual(movieToolNames);
  const { validators } = counts;
  expect(validators).toBeGreaterThan(0);
  // They are defined once.
  expect([...movieTools]).toEqual([...movieTools]);
  expect(counts.validators).toBe(validators);
});

/** The modules of other packages that importing a door loads. What is loaded at its first use is not among them. */
const loaded = {
  // Its tools are defined at once, and their schemas checked; pools are made at once.
  sdk: ['ajv/dist/2020.js', 'pg'],
  dataset: ['movie-hub', 'pg', 'pg-copy-streams'],
  ui: [
    '@fastify/cookie',
    '@fastify/csrf-protection',
    '@fastify/formbody',
    '@fastify/helmet',
    '@fastify/rate-limit',
    '@fastify/session',
    '@fastify/static',
    'csv-stringify',
    'markdown-it',
    'movie-hub',
  ],
  testing: ['ajv/dist/2020.js', 'movie-hub'],
};

test.each(Object.entries(loaded))(
  'importing the door of %s loads %j and nothing else',
  async (folder, modules) => {
    const { metafile } = await build({
      entryPoints: [`src/${folder}/index.ts`],
      bundle: true,
      write: false,
      outdir: 'dist',
      metafile: true,
      platform: 'node',
      format: 'esm',
      packages: 'external',
      external: ['movie-hub', 'movie-hub/*'],
      loader: { '.sql': 'text' },
      logLevel: 'silent',
    });
    const imports = Object.values(metafile.outputs).flatMap((output) => output.imports);
    const atOnce = imports.filter(
      ({ kind, path }) => kind === 'import-statement' && !path.startsWith('node:'),
    );
    expect([...new Set(atOnce.map(({ path }) => path))].sort()).toEqual([...modules].sort());
  },
);
