import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDataDir } from '../../src/cli/open-data-dir';
import { expectFailure } from './support/expect-failure';
import { cleanUp, newFolder, type Running, runCli, startCli } from './support/run-cli';
import { signIn } from './support/sign-in';

afterAll(cleanUp);

/** Holds what a first start has made, and a demo that runs on it. */
const dataDir = join(newFolder(), 'kept', 'data');
/** The folder in it that holds the database. */
const database = join(dataDir, 'database');
/** Lies there while the first start has not ended. */
const mark = 'movie-hub.unfinished';
let demo: Running;
/** The message of a start with a foreign file at a path of the data folder. */
const refused: { place: string; message: string; isKept: boolean }[] = [];

beforeAll(async () => {
  const args = ['--port', '0', '--data-dir', dataDir];
  const first = startCli('movie-hub-demo', args);
  while (!existsSync(join(database, 'base', '1'))) await sleep(20);
  await first.stop('SIGKILL');
  for (const place of ['notes.txt', 'movie-hub.lock.txt', 'database/notes', 'database/base/1/notes.txt']) {
    const path = join(dataDir, place);
    writeFileSync(path, 'mine');
    const message = await openDataDir(dataDir).then(
      () => 'opened',
      (cause: Error) => cause.message,
    );
    refused.push({ place, message, isKept: existsSync(path) && existsSync(join(database, 'base', '1')) });
    rmSync(path, { force: true });
  }
  for (const path of [dataDir, database, join(database, 'base')]) chmodSync(path, 0o755);
  demo = startCli('movie-hub-demo', args);
  await demo.ready;
});

describe('movie-hub-demo after an interrupted first start', () => {
  it('refuses a folder with other files, and deletes none', () => {
    expect(refused).toHaveLength(4);
    for (const { place, message, isKept } of refused) {
      expect(isKept, place).toBe(true);
      const name = place.startsWith('database/base') ? 'base' : basename(place);
      expect(message).toMatch(`The data folder ${dataDir} contains`);
      expect(message).toContain(`(${name})`);
      expect(message).toContain('--data-dir');
    }
  });

  it('has done it over', () => {
    expect(readdirSync(dataDir).filter((name) => !name.startsWith('movie-hub.lock.'))).toEqual(['database']);
    expect(readdirSync(database)).toContain('PG_VERSION');
    expect(readdirSync(database)).not.toContain(mark);
  });

  it('lets nobody else read the data', () => {
    const entries = readdirSync(dataDir, { withFileTypes: true, recursive: true });
    const modes = entries.map((entry) => {
      const { mode } = lstatSync(join(entry.parentPath, entry.name));
      return `${entry.isDirectory() ? 'folder' : entry.isFile() ? 'file' : 'socket'} ${(mode & 0o777).toString(8)}`;
    });
    expect([...new Set(modes)].filter((each) => !each.startsWith('socket')).sort()).toEqual([
      'file 600',
      'folder 700',
    ]);
    expect(statSync(dataDir).mode & 0o777).toBe(0o700);
  });

  it('says where it is, on which database, with which model, for which users', async () => {
    const address = await demo.ready;
    expect(address).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(demo.output.stdout).toBe(
      [
        `Movie Hub is ready at ${address}`,
        '',
        `  Database  PostgreSQL embedded in this process, data in ${dataDir}`,
        '  Model     rule-based stand-in, not an AI (for a real model set AWS credentials and BEDROCK_MODEL_ID)',
        '  Users     name, password and visible titles',
        '    jim    jim-demo    movies',
        '    test2  test2-demo  movies and TV movies',
        '    vlad   vlad-demo   all title types',
        '    admin  admin-demo  all title types; administrator',
        '',
        '  Stop with Ctrl-C.',
        '',
      ].join('\n'),
    );
    expect(demo.output.stderr).toBe('');
  });

  it.each(['jim', 'test2', 'vlad', 'admin'])('lets %s in', async (name) => {
    expect(await signIn(await demo.ready, name, `${name}-demo`)).toContain(name);
  });

  it('lets nobody in with another password', async () => {
    await expect(signIn(await demo.ready, 'jim', 'vlad-demo')).rejects.toThrow();
  });
});

describe('what one process has, another does not get', () => {
  it('the port', async () => {
    const port = new URL(await demo.ready).port;
    const cwd = newFolder();
    expectFailure(
      await runCli('movie-hub-demo', ['--port', port], { cwd }),
      1,
      `Port ${port} is in use`,
      '--port 0',
    );
    expect(readdirSync(cwd), 'no database was made for nothing').toEqual([]);
  });

  it('the data folder', async () => {
    const second = await runCli('movie-hub-demo', ['--port', '0', '--data-dir', dataDir], {
      // The folder for temporary files may differ, as between a terminal and a desktop application.
      env: { TMPDIR: newFolder() },
    });
    const id = `(pid ${demo.process.pid})`;
    expectFailure(second, 1, dataDir, `in use by another process ${id}`, '--data-dir');
  });

  it('the data folder, for a tool call', async () => {
    const mcp = await runCli('movie-hub-mcp', ['--title-types', '1', '--data-dir', dataDir], {
      input: `${JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'get_movie_characters', arguments: { title: 'Up' } } })}\n`,
    });
    const text = 'The database cannot be reached at the moment. Try again later. (database_unavailable)';
    expect(JSON.parse(mcp.stdout)).toEqual({
      jsonrpc: '2.0',
      id: 1,
      result: { content: [{ type: 'text', text }], isError: true },
    });
    expect(mcp.stderr).toMatch(/^movie-hub: .*in use by another process.*\n$/);
  });
});

describe('movie-hub-demo on a kept folder', () => {
  it('keeps the data after SIGTERM, after SIGKILL and after SIGINT, and frees the folder each time', async () => {
    expect(await demo.stop('SIGTERM')).toMatchObject({ code: 0, signal: null, stderr: 'Stopping.\n' });
    // What was typed beats what is set.
    const options = { cwd: newFolder(), env: { DATABASE_URL: 'postgresql://u:secret@127.0.0.1:1/x' } };
    writeFileSync(join(options.cwd, '.env'), 'PGHOST=127.0.0.1\nPGPORT=1\n');
    for (const signal of ['SIGKILL', 'SIGINT'] as const) {
      const again = startCli('movie-hub-demo', ['--port', '0', '--data-dir', dataDir], options);
      const address = await again.ready;
      expect(await signIn(address, 'vlad', 'vlad-demo')).toContain('vlad');
      expect(again.output.stdout).toContain('test2-demo  movies and TV movies');
      const keepAlive = await fetch(`${address}/login`);
      const ended = await again.stop(signal);
      await keepAlive.text().catch(() => undefined);
      if (signal === 'SIGINT') expect(ended).toMatchObject({ code: 0, signal: null, stderr: 'Stopping.\n' });
    }
    expect(readdirSync(options.cwd)).toEqual(['.env']);
  });

  it('reads .env in the working folder, below the variables of the process', async () => {
    const cwd = newFolder();
    cpSync(dataDir, join(cwd, '.movie-hub'), { recursive: true });
    writeFileSync(join(cwd, '.env'), 'LOG_LEVEL=info\nBEDROCK_MODEL_ID=some-model\nPGHOST=127.0.0.1\n');
    const env = { PGHOST: '', BEDROCK_MODEL_ID: 'other-model', AWS_REGION: 'eu-west-1' };
    const other = startCli('movie-hub-demo', ['--port', '0'], { cwd, env });
    await other.ready;
    expect(other.output.stdout).toContain('data in .movie-hub');
    expect(other.output.stdout).toContain('BEDROCK_MODEL_ID is set, but no AWS credentials were found');
    const { stderr } = await other.stop('SIGTERM');
    expect(stderr, 'LOG_LEVEL comes from .env').toContain('Server listening at');
    const bedrock = startCli('movie-hub-demo', ['--port', '0'], {
      cwd,
      env: { ...env, AWS_ACCESS_KEY_ID: 'AKIA', AWS_SECRET_ACCESS_KEY: 'secret' },
    });
    await bedrock.ready;
    expect(bedrock.output.stdout).toContain('Model     Amazon Bedrock, other-model\n');
    await bedrock.stop('SIGTERM');
  });
});

describe('a folder that is no database of this version', () => {
  it('is left as it is when it holds other files', async () => {
    const cwd = newFolder();
    for (const name of ['a.txt', 'b.txt', 'c.txt', 'd.txt']) writeFileSync(join(cwd, name), 'mine');
    mkdirSync(join(cwd, 'database'));
    writeFileSync(join(cwd, 'database', mark), '');
    expectFailure(
      await runCli('movie-hub-demo', ['--port', '0', '--data-dir', '.'], { cwd }),
      1,
      'The data folder . contains other files (',
      'a new or empty folder',
    );
    expect(readdirSync(cwd)).toHaveLength(5);
  });

  it('is not looked for behind a link', async () => {
    const [folder, elsewhere] = [newFolder(), newFolder()];
    for (const name of [mark, 'PG_VERSION']) writeFileSync(join(elsewhere, name), '');
    symlinkSync(elsewhere, join(folder, 'database'));
    await expect(openDataDir(folder)).rejects.toThrow('contains other files (database)');
    expect(readdirSync(elsewhere)).toHaveLength(2);
  });

  it.each([
    ['file', 'it is a file'],
    ['file/sub', 'a part of its path is a file'],
    ['nowhere', 'its path does not exist'],
    ['other', 'contains a folder database that is not a database'],
  ])('is named: %s', async (name, part) => {
    const folder = newFolder();
    writeFileSync(join(folder, 'file'), '');
    symlinkSync('not-there', join(folder, 'nowhere'));
    mkdirSync(join(folder, 'other', 'database'), { recursive: true });
    writeFileSync(join(folder, 'other', 'database', 'schema.sql'), 'mine');
    chmodSync(join(folder, 'other'), 0o755);
    const path = join(folder, name);
    const message = await openDataDir(path).catch((cause: Error) => cause.message);
    expect(message).toContain(`The data folder ${path} `);
    expect(message).toContain(part);
    expect(message).toContain('--data-dir');
    expect(readdirSync(join(folder, 'other', 'database')), 'nothing is deleted').toEqual(['schema.sql']);
    expect(statSync(join(folder, 'other')).mode & 0o777, 'nothing is changed').toBe(0o755);
  });

  it('is named when its files are none of PostgreSQL', async () => {
    const cwd = newFolder();
    mkdirSync(join(cwd, 'garbage', 'database'), { recursive: true });
    writeFileSync(join(cwd, 'garbage', 'database', 'PG_VERSION'), 'garbage');
    const ended = await runCli('movie-hub-demo', ['--port', '0', '--data-dir', 'garbage'], { cwd });
    expectFailure(ended, 1, 'The data folder garbage cannot be opened as a database', '--data-dir');
    expect(readdirSync(join(cwd, 'garbage', 'database')), 'nothing is deleted').toContain('PG_VERSION');
  });

  it('is named with both versions when another one of PostgreSQL made it', async () => {
    const folder = join(newFolder(), 'data');
    // Not the lock, which is a socket.
    cpSync(join(dataDir, 'database'), join(folder, 'database'), { recursive: true });
    writeFileSync(join(folder, 'database', 'PG_VERSION'), '17\n');
    const ended = await runCli('movie-hub-demo', ['--port', '0', '--data-dir', folder]);
    expectFailure(ended, 1, `The data folder ${folder}: `, 'created by PostgreSQL 17', 'is PostgreSQL 18');
  });
});

describe('an address that is not to be had', () => {
  it('is named', async () => {
    const ended = await runCli('movie-hub-demo', ['--port', '0', '--host', '203.0.113.1']);
    expectFailure(ended, 1, '203.0.113.1 is not an address of this machine', '--host');
  });

  it('is detected for the name localhost too', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const { port } = taken.address() as { port: number };
    const ended = await runCli('movie-hub-demo', ['--port', String(port), '--host', 'localhost']);
    await new Promise((resolve) => taken.close(resolve));
    expectFailure(ended, 1, `Port ${port} is in use`);
  });
});
