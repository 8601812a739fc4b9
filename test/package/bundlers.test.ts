import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { install, type Project, pack, required } from './support/install';

/** Bundlers that are here for this test only, from npm. */
const tools = {
  next: '16.4.6',
  react: '19.2.0',
  'react-dom': '19.2.0',
  rollup: '4.53.3',
  '@rollup/plugin-commonjs': '29.0.3',
  '@rollup/plugin-json': '6.1.0',
  '@rollup/plugin-node-resolve': '16.0.3',
};
const toolsFolder = resolve('node_modules/.cache/movie-hub-tests/bundlers');

/** An app that calls a tool through the agent: what of the package is loaded later is loaded too. */
const answer = `
import { createTimeMcpServer, runAgent } from 'movie-hub';
export async function answer() {
  let step = 0;
  const model = {
    id: 'm',
    async *stream() {
      step += 1;
      yield { messageStart: { role: 'assistant' } };
      if (step === 1) {
        yield { contentBlockStart: { contentBlockIndex: 0, start: { toolUse: { toolUseId: 't', name: 'get_current_time' } } } };
        yield { contentBlockDelta: { contentBlockIndex: 0, delta: { toolUse: { input: '{"time_zone":"Asia/Tokyo"}' } } } };
        yield { contentBlockStop: { contentBlockIndex: 0 } };
        yield { messageStop: { stopReason: 'tool_use' } };
      } else {
        yield { contentBlockDelta: { contentBlockIndex: 0, delta: { text: 'Done' } } };
        yield { contentBlockStop: { contentBlockIndex: 0 } };
        yield { messageStop: { stopReason: 'end_turn' } };
      }
    },
  };
  const { text, toolCalls, error } = await runAgent({ model, prompt: 'Hi', servers: [createTimeMcpServer()] }).result;
  return JSON.stringify({ text, toolCalls, error: error?.message });
}
`;
const expected = { text: 'Done', toolCalls: 1 };

let project: Project;
let tarball: string;
beforeAll(() => {
  const names = Object.keys(tools);
  if (!names.every((name) => existsSync(join(toolsFolder, 'node_modules', name)))) {
    mkdirSync(toolsFolder, { recursive: true });
    const quiet = ['--no-save', '--no-audit', '--no-fund', '--loglevel=error', '--prefix', toolsFolder];
    execFileSync('npm', ['install', ...quiet, ...Object.entries(tools).map((each) => each.join('@'))]);
  }
  tarball = pack();
  project = install(tarball, required);
  writeFileSync(join(project.folder, 'answer.mjs'), answer);
  writeFileSync(
    join(project.folder, 'main.mjs'),
    "import { answer } from './answer.mjs';\nanswer().then(console.log);\n",
  );
});
afterAll(() => {
  project?.remove();
  if (tarball) rmSync(dirname(tarball), { recursive: true });
});

const run = (command: string, args: readonly string[], cwd = project.folder, env = {}) =>
  execFileSync(command, args, {
    cwd,
    encoding: 'utf8',
    env: { PATH: process.env.PATH, HOME: process.env.HOME, NEXT_TELEMETRY_DISABLED: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
const lastLine = (output: string) => JSON.parse(output.trim().split('\n').at(-1) ?? '');

describe('the package without any optional one is bundled, and runs', () => {
  // A bundle of ESM has no `require`, which pg's dependencies call: esbuild's own way out is a banner.
  const banner =
    "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);";
  test.each([
    ['ESM', ['--format=esm', `--banner:js=${banner}`], 'esbuild.mjs'],
    ['CommonJS', ['--format=cjs', '--bundle'], 'esbuild.cjs'],
  ])('by esbuild, as %s', (format, options, file) => {
    const entry = format === 'ESM' ? 'main.mjs' : 'main.cjs';
    writeFileSync(join(project.folder, 'main.cjs'), "require('./answer.mjs').answer().then(console.log);\n");
    run(resolve('node_modules/.bin/esbuild'), [
      entry,
      '--bundle',
      '--platform=node',
      `--outfile=${file}`,
      ...options,
    ]);
    expect(lastLine(run(process.execPath, [file]))).toEqual(expected);
  });

  test('by rollup', () => {
    const from = (name: string) =>
      JSON.stringify(join(toolsFolder, 'node_modules', name, 'dist/es/index.js'));
    writeFileSync(
      join(project.folder, 'rollup.config.mjs'),
      `import commonjs from ${from('@rollup/plugin-commonjs')};
       import json from ${from('@rollup/plugin-json')};
       import { nodeResolve } from ${from('@rollup/plugin-node-resolve')};
       export default {
         input: 'main.mjs',
         output: { dir: 'rollup', format: 'es', entryFileNames: '[name].mjs', chunkFileNames: '[name]-[hash].mjs' },
         plugins: [nodeResolve({ preferBuiltins: true, exportConditions: ['node'] }), commonjs({ ignoreDynamicRequires: true }), json()],
       };`,
    );
    run(join(toolsFolder, 'node_modules/.bin/rollup'), ['-c', '--silent']);
    expect(lastLine(run(process.execPath, ['rollup/main.mjs']))).toEqual(expected);
  });

  test('by Next, with Turbopack', () => {
    const { folder } = project;
    for (const name of ['next', 'react', 'react-dom'])
      symlinkSync(join(toolsFolder, 'node_modules', name), join(folder, 'node_modules', name));
    mkdirSync(join(folder, 'app/answer'), { recursive: true });
    writeFileSync(join(folder, 'next.config.mjs'), `export default { turbopack: { root: '/' } };\n`);
    writeFileSync(
      join(folder, 'app/answer/route.js'),
      "import { answer } from '../../answer.mjs';\nexport const dynamic = 'force-static';\nexport const GET = async () => new Response(await answer());\n",
    );
    run(process.execPath, [join(toolsFolder, 'node_modules/next/dist/bin/next'), 'build']);
    // A static route is run by the build itself.
    const body = run('cat', [join(folder, '.next/server/app/answer.body')]);
    expect(JSON.parse(body)).toEqual(expected);
  });
});
