import { afterAll, describe, expect, it } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { expectFailure } from './support/expect-failure';
import { type Bin, cleanUp, runCli, startCli } from './support/run-cli';

afterAll(cleanUp);

describe.concurrent('help and version', () => {
  it.each<[Bin, string[], (string | RegExp)[]]>([
    ['movie-hub', [], ['Usage: movie-hub [options] [command]', / demo /, / mcp /, / db /]],
    ['movie-hub', ['demo'], ['Usage: movie-hub demo [options]', '--port']],
    ['movie-hub', ['mcp'], ['Usage: movie-hub mcp [options]', '--title-types']],
    [
      'movie-hub',
      ['db'],
      [
        'Usage: movie-hub db [options] [command]',
        / install /,
        / load /,
        / load-demo /,
        / add-user /,
        / check /,
        / explain /,
        / generate /,
      ],
    ],
    ['movie-hub', ['db', 'generate'], ['--out <dir>', '--titles <number>', '--seed <number>', '--replace']],
    [
      'movie-hub',
      ['db', 'install'],
      ['--write-env <file>', '--new-passwords', '--database-url', 'MOVIE_HUB_ADMIN_URL'],
    ],
    [
      'movie-hub',
      ['db', 'load'],
      [
        '--from <dir|url>',
        '--only <list>',
        '--min-votes <number>',
        '--rejects <file>',
        '--max-rejects <number>',
        '--rebuild',
        '--no-rebuild',
        '--downloads <dir>',
        '--database-url',
      ],
    ],
    ['movie-hub', ['db', 'load-demo'], ['--no-users', '--database-url']],
    ['movie-hub', ['db', 'add-user'], ['<name>', '--title-types', '--admin', '--database-url']],
    [
      'movie-hub',
      ['db', 'check'],
      ['--database-url', 'DATABASE_URL', 'MOVIE_HUB_EDITOR_URL', 'MOVIE_HUB_ACCOUNTS_URL'],
    ],
    ['movie-hub', ['db', 'explain'], ['<tool>', '--as', '--arg', '--data-dir', 'MOVIE_HUB_ACCOUNTS_URL']],
    [
      'movie-hub-demo',
      [],
      [
        'Usage: movie-hub-demo [options]',
        /--port <number> .*\(default: 3000\)/,
        /--host <address> .*\(default: "127\.0\.0\.1"\)/,
        /--data-dir <dir> [^-]*\(default:\s+"\.movie-hub"\)/,
        '--database-url <url>',
        'MOVIE_HUB_EDITOR_URL',
        'MOVIE_HUB_SESSION_SECRET',
        'BEDROCK_MODEL_ID',
      ],
    ],
    [
      'movie-hub-mcp',
      [],
      ['Usage: movie-hub-mcp [options]', '--title-types <list>', '--data-dir', '--database-url'],
    ],
  ])('%s %j --help', async (bin, args, parts) => {
    const { code, stdout, stderr } = await runCli(bin, [...args, '--help']);
    for (const part of parts) expect(stdout).toMatch(part);
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });

  it.each<Bin>(['movie-hub', 'movie-hub-demo', 'movie-hub-mcp'])('%s --version', async (bin) => {
    const { code, stdout, stderr } = await runCli(bin, ['--version']);
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: `${manifest.version}\n`, stderr: '' });
  });

  it.each<string[][]>([[[]], [['db']]])('movie-hub %j without a command shows the help', async (args) => {
    const { code, stderr } = await runCli('movie-hub', args);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^Usage: movie-hub/);
  });
});

const notAUrl = 'must look like postgresql://user:password@host:5432/database';

describe.concurrent('wrong usage ends with code 2 and one line', () => {
  it.each<[Bin, string[], ...(string | RegExp)[]]>([
    ['movie-hub', ['nope'], "unknown command 'nope'", 'See: movie-hub --help'],
    ['movie-hub', ['db', 'instal'], 'Did you mean install?', 'See: movie-hub db --help'],
    [
      'movie-hub',
      ['db', 'add-user'],
      "missing required argument 'name'",
      'See: movie-hub db add-user --help',
    ],
    ['movie-hub', ['db', 'install'], 'No database given.', '--database-url', 'MOVIE_HUB_ADMIN_URL'],
    [
      'movie-hub',
      ['db', 'generate'],
      "option '--out <dir>' not specified",
      'See: movie-hub db generate --help',
    ],
    ['movie-hub', ['db', 'generate', '--out', ''], 'must not be empty'],
    ['movie-hub', ['db', 'load'], "option '--from <dir|url>' not specified", 'See: movie-hub db load --help'],
    ['movie-hub', ['db', 'load', '--from', ''], 'must not be empty'],
    ['movie-hub', ['db', 'load', '--from', 'x', '--min-votes', '-1'], 'Enter a whole number, 0 or more'],
    ['movie-hub', ['db', 'load', '--from', 'x', '--max-rejects', '1e6'], 'Enter a whole number, 0 or more'],
    ['movie-hub', ['db', 'generate', '--out', 'x', '--titles', '0'], 'from 1 to 100,000,000'],
    ['movie-hub', ['db', 'generate', '--out', 'x', '--titles', '100000001'], 'from 1 to 100,000,000'],
    ['movie-hub', ['db', 'generate', '--out', 'x', '--titles', '1e6'], 'such as 11000000'],
    ['movie-hub', ['db', 'generate', '--out', 'x', '--titles', '1_00'], 'such as 11000000'],
    ['movie-hub', ['db', 'generate', '--out', 'x', '--titles', '-5'], 'such as 11000000'],
    ['movie-hub', ['db', 'generate', '--out', 'x', '--seed', '0.5'], 'A seed is a whole number'],
    ['movie-hub', ['db', 'generate', '--out', 'x', '--seed', '9007199254740993'], 'A seed is a whole number'],
    ['movie-hub-demo', ['--prt', '1'], "unknown option '--prt'", 'Did you mean --port?'],
    ['movie-hub-demo', ['--nope'], "unknown option '--nope'", 'See: movie-hub-demo --help'],
    ['movie-hub-demo', ['more'], 'too many arguments'],
    ['movie-hub-demo', ['--port', 'x'], '0 to 65535'],
    ['movie-hub-demo', ['--port', '65536'], '0 to 65535'],
    ['movie-hub-demo', ['--port', '-1'], '0 to 65535'],
    ['movie-hub-demo', ['--port', '80.5'], '0 to 65535'],
    ['movie-hub-demo', ['--port'], 'argument missing'],
    ['movie-hub-demo', ['--host', ''], 'must not be empty'],
    ['movie-hub-demo', ['--data-dir', ''], 'must not be empty'],
    ['movie-hub-demo', ['--database-url', 'nonsense'], '--database-url', notAUrl],
    ['movie-hub-demo', ['--database-url', ''], '--database-url', notAUrl],
    ['movie-hub-demo', ['--database-url', 'mysql://u:secret@h/d'], notAUrl],
    ['movie-hub-demo', ['--database-url', 'postgresql://u:secret#@h/d'], notAUrl],
    ['movie-hub-demo', ['--data-dir', 'x', '--database-url', 'postgresql://h/d'], 'name two databases'],
    ['movie-hub-mcp', ['--data-dir', 'x', '--database-url', 'postgresql://h/d'], 'name two databases'],
    [
      'movie-hub',
      ['db', 'explain', 'get_actor_roles', '--arg', 'actor=x', '--title-types', '1'].concat(
        ['--data-dir', 'x'],
        ['--database-url', 'postgresql://h/d'],
      ),
      'name two databases',
    ],
    ['movie-hub', ['db', 'install', '--write-env', ''], 'must not be empty'],
    ['movie-hub-mcp', ['--title-types', 'movie'], '--title-types', 'such as 1,5'],
    ['movie-hub-mcp', ['--title-types', '1;5'], 'such as 1,5'],
    ['movie-hub-mcp', ['--title-types', '1,,5'], 'such as 1,5'],
    ['movie-hub-mcp', ['--title-types', '{1,5'], 'such as 1,5'],
    ['movie-hub-mcp', ['--title-types', '0'], 'such as 1,5'],
    ['movie-hub-mcp', ['--database-url', 'nonsense'], notAUrl],
  ])('%s %j', async (bin, args, ...parts) => {
    expectFailure(await runCli(bin, args), 2, ...parts);
  });

  it.each<[Record<string, string>, string | RegExp]>([
    [{ DATABASE_URL: 'http://u:secret@h' }, /DATABASE_URL must look like postgresql:/],
    [{ LOG_LEVEL: 'loud' }, 'LOG_LEVEL must be one of fatal, error, warn'],
    [{ MOVIE_HUB_SESSION_SECRET: 'tiny' }, 'at least 32 characters'],
  ])('movie-hub-demo with %j', async (env, part) => {
    expectFailure(await runCli('movie-hub-demo', ['--port', '0'], { env }), 2, part);
  });
});

it('is no failure when nobody reads the help to its end', async () => {
  const { process, ended } = startCli('movie-hub-demo', ['--help']);
  process.stdout?.destroy();
  expect(await ended).toMatchObject({ code: 0, stderr: '' });
});
