import { fileURLToPath } from 'node:url';
import { configDefaults, defineConfig, type Plugin } from 'vitest/config';

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

export default defineConfig({
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
    include: ['test/**/*.test.ts'],
    exclude: [...configDefaults.exclude, ...leftOut],
    globalSetup: ['test/support/global-setup.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
