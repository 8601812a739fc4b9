import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { cleanUp, newFolder, startNode } from '../cli/support/run-cli';
import { signIn } from '../cli/support/sign-in';
import { install, installDemo, manifest, pack, readManifest, required } from './support/install';

const tarball = pack();
const demoManifest = readManifest('examples/movie-hub-demo');
const bare = install(tarball, required);

afterAll(async () => {
  await cleanUp();
  bare.remove();
  rmSync(dirname(tarball), { recursive: true });
});

describe('the commands of the package', () => {
  it.each(Object.entries(manifest.bin))('%s starts by itself', (name, path) => {
    const file = join(bare.packageFolder, path);
    // npm does so when it installs.
    chmodSync(file, 0o755);
    const output = execFileSync(file, ['--help'], { encoding: 'utf8' });
    expect(output).toMatch(new RegExp(`^Usage: ${name} \\[options\\]`));
  });

  it('are found by npx in the checkout', () => {
    // Without scripts: npx prepares a checkout that it has not seen before, which would take dist from under other tests.
    const args = ['exec', '--no', '--ignore-scripts', '--', 'movie-hub-demo', '--help'];
    const output = execFileSync('npm', args, { encoding: 'utf8' });
    expect(output).toMatch(/^Usage: movie-hub-demo \[options\]/m);
  });

  it.each([
    ['movie-hub-demo', ['--port', '0']],
    ['movie-hub', ['demo', '--port', '0']],
    ['movie-hub', ['db', 'add-user', 'ann', '--database-url', 'postgresql://127.0.0.1:1/x']],
  ])('%s %j says what to install where the hub cannot be', (name, args) => {
    const file = join(bare.packageFolder, manifest.bin[name] ?? '');
    const { status, stderr } = spawnSync(process.execPath, [file, ...args], {
      encoding: 'utf8',
      cwd: newFolder(),
    });
    expect(stderr).toMatch(/^movie-hub: [^\n]*npm install [^\n]*\n$/);
    const optional = Object.keys(demoManifest.dependencies).filter(
      (each) => manifest.peerDependenciesMeta[each]?.optional && !each.startsWith('@aws-sdk/'),
    );
    for (const each of optional) expect(stderr).toContain(` ${each}`);
    expect(status).toBe(1);
  });

  it('movie-hub-mcp names the package that a call needs', async () => {
    const file = join(bare.packageFolder, manifest.bin['movie-hub-mcp'] ?? '');
    const request = {
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: { name: 'get_actor_roles', arguments: { actor: 'x' } },
    };
    const { process, ended } = startNode([file, '--title-types', '1']);
    process.stdin?.end(`${JSON.stringify(request)}\n`);
    const { stdout, stderr } = await ended;
    const advice = 'npm install @electric-sql/pglite';
    expect(JSON.parse(stdout).result).toEqual({
      content: [{ type: 'text', text: expect.stringMatching(`${advice} \\(dependency_missing\\)$`) }],
      isError: true,
    });
    expect(stderr).toContain(advice);
  });
});

describe('the package movie-hub-demo', () => {
  it('has the version, the licence and the Node of movie-hub, and is no workspace', () => {
    const { name, version, license, type, engines, bin } = demoManifest;
    expect({ name, version, license, type, engines, bin }).toEqual({
      name: 'movie-hub-demo',
      version: manifest.version,
      license: manifest.license,
      type: 'module',
      engines: manifest.engines,
      bin: { 'movie-hub-demo': 'movie-hub-demo.js' },
    });
    expect(manifest.workspaces).toBeUndefined();
    expect(readdirSync('examples/movie-hub-demo').sort()).toEqual([
      'LICENSE',
      'README.md',
      'movie-hub-demo.js',
      'package.json',
    ]);
  });

  it('depends on movie-hub and all its peers, in the versions that are tested here', () => {
    // Tests of an agent need the one, and tools that are described with zod the other: the demo has neither.
    const { '@smithy/core': _, zod: __, ...peers } = manifest.peerDependencies;
    const tested = Object.keys(peers).map((name) => [name, manifest.devDependencies[name]]);
    expect(demoManifest.dependencies).toEqual({
      ...Object.fromEntries(tested),
      'movie-hub': manifest.version,
    });
    for (const [name, range] of Object.entries(peers)) {
      if (manifest.peerDependenciesMeta[name]?.optional) expect(demoManifest.dependencies[name]).toBe(range);
    }
  });

  it('starts the demo with what it depends on, and nothing else', async () => {
    const others = Object.keys(demoManifest.dependencies).filter((name) => name !== manifest.name);
    const project = install(tarball, [...Object.keys(manifest.dependencies), ...others]);
    const bin = join(installDemo(project), demoManifest.bin['movie-hub-demo'] ?? '');
    const help = startNode([bin, '--help']);
    expect((await help.ended).stdout).toMatch(/^Usage: movie-hub-demo \[options\]/);
    const cwd = newFolder();
    const demo = startNode([bin, '--port', '0'], { cwd });
    expect(await signIn(await demo.ready, 'jim', 'jim-demo')).toContain('jim');
    expect(readdirSync(cwd)).toEqual(['.movie-hub']);
    expect(await demo.stop('SIGTERM')).toMatchObject({ code: 0, stderr: 'Stopping.\n' });
    project.remove();
  });
});
