import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { everything, install, pack } from './support/install';

const tarball = pack();
const project = install(tarball, [...everything, '@types/node', '@types/markdown-it']);

afterAll(() => {
  project.remove();
  rmSync(dirname(tarball), { recursive: true });
});

it('compiles strictly in ESM and in CommonJS, declarations of every package included, and so do declarations of an app', () => {
  const files = readdirSync('test/package/fixtures');
  expect(files.sort()).toEqual(['consumer.cts', 'consumer.mts', 'embedder.mts']);
  for (const file of files) cpSync(join('test/package/fixtures', file), join(project.folder, file));
  const compilerOptions = {
    module: 'nodenext',
    target: 'es2022',
    // The declarations of the MCP SDK name HeadersInit, which is the browser's.
    lib: ['es2023', 'dom'],
    types: ['node'],
    strict: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: false,
    declaration: true,
    emitDeclarationOnly: true,
    outDir: 'declarations',
  };
  writeFileSync(join(project.folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files }));
  const tsc = spawnSync(
    process.execPath,
    [resolve('node_modules/typescript/bin/tsc'), '-p', project.folder],
    {
      encoding: 'utf8',
    },
  );
  expect(tsc.stdout).toBe('');
  expect(tsc.status).toBe(0);
  expect(existsSync(join(project.folder, 'declarations/embedder.d.mts'))).toBe(true);
});
