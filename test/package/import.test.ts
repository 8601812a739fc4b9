import { rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { everything, install, pack, required, runScript } from './support/install';

const tarball = pack();
const full = install(tarball, everything);
const bare = install(tarball, required);

afterAll(() => {
  full.remove();
  bare.remove();
  rmSync(dirname(tarball), { recursive: true });
});

const kinds = ['module', 'commonjs'] as const;
/** Loads one entry in either kind of script. */
const load = (kind: (typeof kinds)[number], name: string) =>
  kind === 'module' ? `await import('${name}')` : `require('${name}')`;

describe.each(kinds)('as %s', (kind) => {
  it('gives the three entries, with the same names whatever loads them', () => {
    for (const entry of ['movie-hub', 'movie-hub/dataset', 'movie-hub/ui', 'movie-hub/testing']) {
      const names = runScript(
        full,
        kind,
        `print(Object.keys(${load(kind, entry)}).filter((name) => name !== 'default' && name !== 'module.exports').sort())`,
      );
      const other = kind === 'module' ? 'commonjs' : 'module';
      expect(names).toEqual(
        runScript(
          full,
          other,
          `print(Object.keys(${load(other, entry)}).filter((name) => name !== 'default' && name !== 'module.exports').sort())`,
        ),
      );
      expect(names).not.toEqual([]);
    }
  });

  it('finds the files that it ships', () => {
    const script = `
      const { demoDataFolder } = ${load(kind, 'movie-hub/dataset')};
      const { hub } = ${load(kind, 'movie-hub/ui')};
      const { createDemoModel } = ${load(kind, 'movie-hub/testing')};
      const { default: Fastify } = await import('fastify');
      const { existsSync } = await import('node:fs');
      const app = Fastify();
      const pool = {};
      await app.register(hub, { pools: { reader: pool, editor: pool, accounts: pool }, model: createDemoModel(), sessionSecret: 'x'.repeat(32) });
      const answer = await app.inject('/assets/htmx.min.js');
      print({ data: existsSync(demoDataFolder() + '/title.basics.tsv'), status: answer.statusCode, size: answer.body.length });
      await app.close();`;
    expect(runScript(full, kind, script)).toEqual({ data: true, status: 200, size: expect.any(Number) });
  });

  it('serves an MCP client without any optional package', () => {
    const script = `
      const { createTimeMcpServer, createMovieMcpServer, runAgent } = ${load(kind, 'movie-hub')};
      const { Client } = ${load(kind, '@modelcontextprotocol/sdk/client/index.js')};
      const { InMemoryTransport } = ${load(kind, '@modelcontextprotocol/sdk/inMemory.js')};
      const { Pool } = ${kind === 'module' ? "(await import('pg')).default" : "require('pg')"};
      const client = new Client({ name: 'test', version: '1' });
      const [here, there] = InMemoryTransport.createLinkedPair();
      await createTimeMcpServer().connect(there);
      await client.connect(here);
      const { structuredContent } = await client.callTool({ name: 'get_current_time', arguments: { time_zone: 'Asia/Tokyo' } });
      const model = { id: 'm', async *stream() { yield { messageStart: { role: 'assistant' } }; yield { contentBlockDelta: { contentBlockIndex: 0, delta: { text: 'Hello' } } }; yield { contentBlockStop: { contentBlockIndex: 0 } }; yield { messageStop: { stopReason: 'end_turn' } }; } };
      const { text, failedServers } = await runAgent({ model, prompt: 'Hi', servers: [createMovieMcpServer(new Pool(), { titleTypes: [] }), client] }).result;
      print({ zone: structuredContent.time_zone, text, failed: failedServers.length });`;
    expect(runScript(bare, kind, script)).toEqual({ zone: 'Asia/Tokyo', text: 'Hello', failed: 0 });
  });

  it('says which optional package is missing, once it is needed', () => {
    const script = `
      const { bedrockModel, runAgent, isMovieHubError } = ${load(kind, 'movie-hub')};
      const { openEmbeddedDatabase, installSchema } = ${load(kind, 'movie-hub/dataset')};
      const failure = (promise) => promise.then(() => 'it worked', (error) => [isMovieHubError(error), error.code, error.message]);
      const { error } = await runAgent({ client: {}, modelId: 'm', prompt: 'Hi', servers: [] }).result;
      print({
        embedded: await failure(openEmbeddedDatabase()),
        schema: await failure(installSchema({})),
        bedrock: [isMovieHubError(error), error.code, error.message],
      });`;
    const missing = (name: string) => [
      true,
      'dependency_missing',
      expect.stringMatching(new RegExp(`[Rr]un:? npm install ${name}$`)),
    ];
    expect(runScript(bare, kind, script)).toEqual({
      embedded: missing('@electric-sql/pglite'),
      schema: missing('node-pg-migrate'),
      bedrock: missing('@aws-sdk/client-bedrock-runtime'),
    });
  });

  it('tells which package the hub lacks', () => {
    const script = `try { ${load(kind, 'movie-hub/ui')}; print('it worked'); } catch (error) { print([error.code, error.message]); }`;
    expect(runScript(bare, kind, script)).toEqual([
      kind === 'module' ? 'ERR_MODULE_NOT_FOUND' : 'MODULE_NOT_FOUND',
      expect.stringMatching(/fastify|markdown-it|csv-stringify/),
    ]);
  });
});

it('knows the errors of the other copy', () => {
  const script = `
    import { createRequire } from 'node:module';
    import * as esm from 'movie-hub';
    const cjs = createRequire(import.meta.url)('movie-hub');
    const [a, b] = [esm, cjs].map(({ MovieHubError }) => new MovieHubError('not_found', 'gone'));
    print([esm.MovieHubError !== cjs.MovieHubError, cjs.isMovieHubError(a), esm.isMovieHubError(b), cjs.httpStatusOf(a), esm.httpStatusOf(b), esm.isMovieHubError(new Error('x'))]);`;
  expect(runScript(full, 'module', script)).toEqual([true, true, true, 404, 404, false]);
});
