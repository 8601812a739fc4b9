import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { Command } from 'commander';
import { createMovieMcpServer } from 'movie-hub';
import type { Pool } from 'pg';
import { openEmbedded, openPool } from './databases';
import { databaseUrl, type Environment, readEnvironment } from './environment';
import { reportFailure } from './failure';
import { parseTitleTypes } from './title-types';

interface McpOptions {
  titleTypes: number[];
  dataDir: string;
  databaseUrl?: string;
}

/** The command that serves the movie tools on standard input and output. */
export function mcpCommand(name: string): Command {
  return new Command(name)
    .description('Serve the movie tools over MCP on standard input and output, for one user.')
    .option(
      '--title-types <list>',
      'title types that the user may see, such as 1,5; without it no data',
      parseTitleTypes,
      [],
    )
    .option('--data-dir <dir>', 'folder of the embedded database', '.movie-hub')
    .option(
      '--database-url <url>',
      "PostgreSQL server to use instead, with the reader's login (or DATABASE_URL, or PG* variables)",
    )
    .action(serveMcp);
}

async function serveMcp(options: McpOptions): Promise<void> {
  const environment = readEnvironment();
  const { pool, close } = lazyPool(options, environment);
  const server = createMovieMcpServer(
    pool,
    { titleTypes: options.titleTypes },
    { onError: ({ error }) => reportFailure(error) },
  );
  const stop = async () => {
    await server.close();
    await close();
    process.exit(0);
  };
  // The transport does not notice that its client is gone.
  process.stdin.once('end', stop).once('close', stop);
  process.once('SIGINT', stop).once('SIGTERM', stop);
  await server.connect(new StdioServerTransport());
}

/**
 * A pool that is opened by the first call: clients start servers only to look at their tools, and a database that is
 * down must not keep them from it.
 */
function lazyPool(options: McpOptions, environment: Environment): { pool: Pool; close: () => Promise<void> } {
  const url = databaseUrl(options.databaseUrl, environment);
  if (url !== undefined) {
    const pool = openPool(url);
    return { pool, close: () => pool.end() };
  }
  let opening: ReturnType<typeof openEmbedded> | undefined;
  const open = () => {
    opening ??= openEmbedded(options.dataDir).catch((cause: unknown) => {
      opening = undefined;
      throw cause;
    });
    return opening;
  };
  const pool = { connect: async () => (await open()).pools.reader.connect() } as Pick<
    Pool,
    'connect'
  > as Pool;
  return { pool, close: async () => (await opening?.catch(() => undefined))?.close() };
}
