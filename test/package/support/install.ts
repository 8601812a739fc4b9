import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

/** What these tests read of a package.json. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly type: string;
  readonly engines: Record<string, string>;
  readonly bin: Record<string, string>;
  readonly files: readonly string[];
  readonly workspaces?: unknown;
  readonly exports: Record<string, unknown>;
  readonly dependencies: Record<string, string>;
  readonly devDependencies: Record<string, string>;
  readonly peerDependencies: Record<string, string>;
  readonly peerDependenciesMeta: Record<string, { optional?: boolean }>;
}

/** A folder as `npm install` of the packed package leaves it, at the cost of a few links. */
export interface Project {
  readonly folder: string;
  /** Where the package's own files are. */
  readonly packageFolder: string;
  remove(): void;
}

export const manifest = readManifest('.');

/** Packages that the package cannot do without: npm installs them with it. */
export const required = [
  ...Object.keys(manifest.dependencies),
  ...Object.keys(manifest.peerDependencies).filter((name) => !manifest.peerDependenciesMeta[name]?.optional),
];

/** Everything that the package can use. */
export const everything = [...Object.keys(manifest.dependencies), ...Object.keys(manifest.peerDependencies)];

/** Reads the package.json of a folder. */
export function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(resolve(folder, 'package.json'), 'utf8'));
}

/** Packs the package as for the registry, and returns the tarball's path inside a new folder. */
export function pack(): string {
  if (!existsSync('dist/index.js') || !existsSync('dist/cli/movie-hub.js'))
    throw new Error('These tests look at the built package: npm run build');
  const folder = mkdtempSync(join(tmpdir(), 'movie-hub-pack-'));
  const output = execFileSync('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', folder], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return join(folder, JSON.parse(output)[0].filename);
}

/** Makes a project that has the packed package and, of everything else, these packages only. */
export function install(tarball: string, packages: readonly string[]): Project {
  const folder = mkdtempSync(join(tmpdir(), 'movie-hub-project-'));
  const modules = join(folder, 'node_modules');
  const packageFolder = join(modules, manifest.name);
  mkdirSync(packageFolder, { recursive: true });
  execFileSync('tar', ['-xzf', tarball, '--strip-components=1', '-C', packageFolder]);
  for (const name of packages) {
    mkdirSync(dirname(join(modules, name)), { recursive: true });
    symlinkSync(resolve('node_modules', name), join(modules, name));
  }
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
  return { folder, packageFolder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** Adds the package of the demo, as npm would pack it. */
export function installDemo({ folder }: Project): string {
  const source = resolve('examples', 'movie-hub-demo');
  const target = join(folder, 'node_modules', 'movie-hub-demo');
  for (const name of ['package.json', ...readManifest(source).files]) {
    cpSync(join(source, name), join(target, name));
  }
  return target;
}

/** Runs a script in a project, as ESM or as CommonJS, and returns what it prints as JSON. */
export function runScript({ folder }: Project, kind: 'module' | 'commonjs', script: string): unknown {
  const file = join(folder, kind === 'module' ? 'script.mjs' : 'script.cjs');
  const body = kind === 'module' ? script : `(async () => {${script}})();`;
  writeFileSync(file, `const print = (value) => process.stdout.write(JSON.stringify(value));\n${body}`);
  const output = execFileSync(process.execPath, [file], {
    encoding: 'utf8',
    cwd: folder,
    env: { PATH: process.env.PATH },
  });
  return JSON.parse(output);
}
