import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { publint } from 'publint';
import { afterAll, describe, expect, it } from 'vitest';
import { install, manifest, pack } from './support/install';

const tarball = pack();
const project = install(tarball, []);
const files = readdirSync(project.packageFolder, { recursive: true, encoding: 'utf8' }).filter((name) =>
  statSync(join(project.packageFolder, name)).isFile(),
);

afterAll(() => {
  project.remove();
  rmSync(dirname(tarball), { recursive: true });
});

function read(name: string): string {
  return readFileSync(join(project.packageFolder, name), 'utf8');
}

describe('the packed package', () => {
  it('is under 1 MB', () => {
    expect(statSync(tarball).size).toBeLessThan(1_000_000);
  });

  it('holds the build, the SQL and what a reader needs, and nothing else', () => {
    const top = new Set(files.map((name) => name.split('/')[0]));
    expect([...top].sort()).toEqual(['CHANGELOG.md', 'LICENSE', 'README.md', 'dist', 'package.json', 'sql']);
    for (const part of [
      'sql/migrations/',
      'sql/hub/migrations/',
      'sql/demo/title.basics.tsv',
      'dist/public/htmx.min.js',
    ])
      expect(
        files.filter((name) => name.startsWith(part)),
        part,
      ).not.toEqual([]);
    for (const name of Object.values(manifest.bin)) expect(files).toContain(name);
    expect(
      files.filter((name) => /(^|\/)(\.|test|src\/)|\.tsx?$/.test(name.replace(/\.d\.c?ts$/, ''))),
    ).toEqual([...files.filter((name) => /^dist\/testing\./.test(name))]);
  });

  it('names no path of the machine that built it', () => {
    const here = [process.cwd(), homedir(), '/node_modules/.'].filter((path) => path.length > 1);
    for (const name of files) {
      const text = read(name);
      for (const path of here) expect(text.includes(`${path}/`), `${name} names ${path}`).toBe(false);
      // Documents may show a path; what was built may not.
      const built = name.startsWith('dist/')
        ? (/["'(]\/(home|Users|root|work)\/\w+/.exec(text)?.[0] ?? '')
        : '';
      expect(built, name).toBe('');
    }
  });

  it('has source maps that lead to relative paths, and holds no copy of another package', () => {
    const maps = files.filter((name) => name.endsWith('.js.map') || name.endsWith('.cjs.map'));
    expect(maps.length).toBeGreaterThan(8);
    for (const name of maps) {
      const { sources } = JSON.parse(read(name)) as { sources: string[] };
      const others = sources.filter((source) => !/^(\.\.\/)+(src|sql)\//.test(source));
      // tsup's own lines that give CommonJS an import.meta.url.
      expect(
        others.filter((source) => !source.endsWith('node_modules/tsup/assets/cjs_shims.js')),
        name,
      ).toEqual([]);
    }
  });

  it('imports what it declares, and Node', () => {
    const declared = new Set([
      ...Object.keys(manifest.dependencies),
      ...Object.keys(manifest.peerDependencies),
      manifest.name,
    ]);
    for (const name of files.filter(
      (each) => /^dist\/.*\.(c?js|d\.c?ts)$/.test(each) && !/public\//.test(each),
    )) {
      const specifiers = [
        ...read(name).matchAll(/(?:^(?:import|export) [^'"]*|\bimport\(|\brequire\()['"]([^'"]+)['"]/gm),
      ].map((match) => match[1] ?? '');
      for (const specifier of specifiers.filter((each) => !each.startsWith('.'))) {
        if (builtinModules.includes(specifier.replace(/^node:/, ''))) continue;
        const [first = '', second] = specifier.split('/');
        const packageName = first.startsWith('@') ? `${first}/${second}` : first;
        expect(declared, `${name} imports ${specifier}`).toContain(packageName);
      }
    }
  });

  it('passes publint', async () => {
    const { messages } = await publint({ pkgDir: project.packageFolder, pack: false, level: 'warning' });
    expect(messages).toEqual([]);
  });

  it('has types that resolve for ESM and for CommonJS, as attw sees it', () => {
    const args = [
      'node_modules/@arethetypeswrong/cli/dist/index.js',
      tarball,
      '--profile',
      'node16',
      '--format',
      'json',
    ];
    const { analysis } = JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' })) as {
      analysis: { entrypoints: Record<string, unknown>; problems: { resolutionKind?: string }[] };
    };
    expect(Object.keys(analysis.entrypoints).sort()).toEqual(Object.keys(manifest.exports).sort());
    // Node 10 knows no `exports`.
    expect(analysis.problems.filter(({ resolutionKind }) => resolutionKind !== 'node10')).toEqual([]);
  });
});
