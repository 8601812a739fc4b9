import { spawnSync } from 'node:child_process';
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { argument, refusal } from '../support/messages';
import {
  everything,
  install,
  type Project,
  pack,
  readManifest,
  required,
  runScript,
} from './support/install';

/** The zods that an application may have: what its package is, and what it is imported as. */
const zods = [
  { name: 'zod 4.6', folder: 'zod', specifier: 'zod', version: /^4\.6\./ },
  { name: 'zod 4.0', folder: 'zod-4.0', specifier: 'zod', version: /^4\.0\./ },
  { name: 'zod 4 of 3.25', folder: 'zod-3', specifier: 'zod/v4', version: /^3\.25\./ },
] as const;

const tarball = pack();
const projects: Project[] = [];

afterAll(() => {
  for (const project of projects) project.remove();
  rmSync(dirname(tarball), { recursive: true });
});

/** Makes a project with a zod of its own, which the package finds beside it. */
function installBeside(folder: string, packages: readonly string[] = required): Project {
  const project = install(
    tarball,
    packages.filter((name) => name !== 'zod'),
  );
  projects.push(project);
  // A copy, not a link: Node follows a link, and would find this repository's zod from there.
  cpSync(resolve('node_modules', folder), join(project.folder, 'node_modules/zod'), { recursive: true });
  return project;
}

/** The application's tools as a script: its types are left to the compiler, and its zod is named. */
const source = readFileSync('test/package/zod-tools.mts', 'utf8');
const sourceWith = (specifier: string) => source.replace("from 'zod'", `from '${specifier}'`);

describe.each(zods)('beside $name', ({ folder, specifier, version }) => {
  const project = installBeside(folder);

  it('is the zod that it is said to be', () => {
    expect(readManifest(join(project.folder, 'node_modules/zod')).version).toMatch(version);
  });

  it.each(['module', 'commonjs'] as const)('a tool of %s is served with every description', (kind) => {
    const load = (name: string) => (kind === 'module' ? `await import('${name}')` : `require('${name}')`);
    const answer = runScript(project, kind, serve(load, specifier)) as Answer;
    const [tool] = answer.tools;
    expect(tool?.inputSchema).toMatchObject({
      required: ['customer', 'place'],
      additionalProperties: false,
    });
    expect(descriptionsOf(tool?.inputSchema)).toEqual(
      ['City.', 'How many.', 'Name.', 'One tag.', 'Since when.', 'Tags.', 'Where to.', 'Zip.'].sort(),
    );
    expect(descriptionsOf(tool?.outputSchema)).toEqual(
      expect.arrayContaining(['Number of the order.', 'Its note.']),
    );
    expect(answer.unknown).toBe(refusal(argument.unknown('colour')));
    expect(answer.refined).toMatch(/customer: Nobody is called x\. \(invalid_argument\)$/);
    // Arguments that fit are let through to the database, which is not there.
    expect(answer.fitting).toMatch(/\(database_unavailable\)$/);
  });
});

interface Answer {
  readonly tools: readonly { readonly inputSchema: object; readonly outputSchema: object }[];
  readonly unknown: string;
  readonly refined: string;
  readonly fitting: string;
}

function serve(load: (name: string) => string, specifier: string): string {
  return `
    const { z } = ${load(specifier)};
    const { createQueryMcpServer, defineEntitlements, defineQueryTool } = ${load('movie-hub')};
    const { Client } = ${load('@modelcontextprotocol/sdk/client/index.js')};
    const { InMemoryTransport } = ${load('@modelcontextprotocol/sdk/inMemory.js')};
    const pg = ${load('pg')};
    const { Pool } = pg.default ?? pg;
    const tool = defineQueryTool({
      name: 'find_orders',
      title: 'Orders',
      description: 'Finds the orders of a customer.',
      sql: 'SELECT :customer, :place, :tags, :limit, :since',
      input: z.object({
        customer: z.string().refine((name) => name !== 'x', 'Nobody is called x').describe('Name.'),
        place: z
          .object({ city: z.string().describe('City.'), zip: z.string().describe('Zip.').optional() })
          .describe('Where to.'),
        tags: z.array(z.string().describe('One tag.')).optional().describe('Tags.'),
        limit: z.number().int().describe('How many.').default(5),
        since: z.string().nullable().optional().describe('Since when.'),
      }),
      row: z.object({ id: z.number().describe('Number of the order.'), note: z.string().optional().describe('Its note.') }),
    });
    const pool = new Pool({ host: '127.0.0.1', port: 1 });
    const entitlements = defineEntitlements({ role: 'shop_reader', settings: {} });
    const server = createQueryMcpServer(pool, entitlements, { name: 'orders', version: '1', instructions: 'Ask.', tools: [tool] });
    const client = new Client({ name: 'test', version: '1' });
    const [here, there] = InMemoryTransport.createLinkedPair();
    await server.connect(there);
    await client.connect(here);
    const { tools } = await client.listTools();
    const call = async (args) => (await client.callTool({ name: 'find_orders', arguments: args })).content[0].text;
    const fitting = { customer: 'Ann', place: { city: 'Rome' } };
    print({
      tools,
      unknown: await call({ ...fitting, colour: 'red' }),
      refined: await call({ ...fitting, customer: 'x' }),
      fitting: await call(fitting),
    });`;
}

/** Every description below a schema, in order of the alphabet. */
function descriptionsOf(schema: unknown): string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  return Object.entries(schema)
    .flatMap(([key, value]) =>
      key === 'description' && typeof value === 'string' ? [value] : descriptionsOf(value),
    )
    .sort();
}

const mcpOnly = "export { Server } from '@modelcontextprotocol/sdk/server/index.js';\n";

describe('the compiler', () => {
  const projectBeside = (folder: string) => installBeside(folder, [...everything, '@types/node']);
  let base: Compilation;

  beforeAll(() => {
    base = compile(projectBeside('zod'), { 'tools.mts': mcpOnly }, false);
    expect(base).toMatchObject({ errors: [], instantiations: expect.any(Number) });
  });

  describe.each(zods)('beside $name', ({ folder, specifier }) => {
    const project = projectBeside(folder);
    const tools = sourceWith(specifier);

    it('finds tools right in 1 GB, with skipLibCheck', () => {
      const { errors } = compile(project, { 'tools.mts': tools, 'tools.cts': tools }, true);
      expect(errors).toEqual([]);
    });

    // How long that takes is mostly up to the declarations of the MCP SDK: what the tools add is counted in types.
    it('finds every declaration right in 1 GB without it, for little more than those of the MCP SDK cost alone', () => {
      const { errors, instantiations } = compile(project, { 'tools.mts': tools }, false);
      expect(errors).toEqual([]);
      expect(instantiations).toBeLessThan(1.25 * base.instantiations);
    });
  });
});

interface Compilation {
  readonly errors: readonly string[];
  /** How many types the compiler made of generic ones: the same on every machine. */
  readonly instantiations: number;
}

/** Compiles files of a project with a heap of 1 GB at most: with more it fails. */
function compile(
  { folder }: Project,
  files: Readonly<Record<string, string>>,
  skipLibCheck: boolean,
): Compilation {
  for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), text);
  const compilerOptions = {
    module: 'nodenext',
    target: 'es2022',
    // The declarations of the MCP SDK name HeadersInit, which is the browser's.
    lib: ['es2023', 'dom'],
    types: ['node'],
    strict: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck,
    noEmit: true,
  };
  const config = { compilerOptions, files: Object.keys(files) };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
  const tsc = resolve('node_modules/typescript/bin/tsc');
  const args = ['--max-old-space-size=1024', tsc, '-p', folder, '--extendedDiagnostics'];
  const { stdout, status } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  const figure = (name: string) => Number(new RegExp(`^${name}:\\s*([\\d.]+)`, 'm').exec(stdout)?.[1]);
  return {
    errors: status === 0 ? [] : (stdout.match(/.*error.*/g) ?? [`The compiler ended with ${status}.`]),
    instantiations: figure('Instantiations'),
  };
}
