import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { Command } from 'commander';
import { createMovieMcpServer } from 'movie-hub';
import { readEnvironment, servedDatabase, type TypedDatabase, withDatabaseOptions } from './environment';
import { reportFailure } from './failure';
import { lazyPool } from './lazy-pool';
import { parseTitleTypes } from './title-types';
import { trackRequests } from './track-requests';

/** Longest time that calls get to end after the client has gone, in ms: the first one may have to make a database. */
const graceMs = 30_000;
/** Longest time that connections get to close, in ms. */
const closeMs = 2_000;

interface McpOptions extends TypedDatabase {
  titleTypes?: number[];
  schema?: boolean;
}

/** The command that serves the movie tools on standard input and output. */
export function mcpCommand(name: string): Command {
  const command = new Command(name)
    .description('Serve the movie tools over MCP on standard input and output, for one user.')
    .option(
      '--title-types <list>',
      'title types that the user may see, such as 1,5; without it no data',
      parseTitleTypes,
    )
    .option('--schema', 'offer the tables with their comments as a resource, for developers');
  return withDatabaseOptions(command).action(serveMcp);
}

async function serveMcp(options: McpOptions): Promise<void> {
  const database = servedDatabase(options, readEnvironment());
  const { pool, close } = lazyPool(database);
  // The first call waits until an embedded database was made.
  const connectionTimeoutMs = 'dataDir' in database ? 60_000 : 10_000;
  const server = createMovieMcpServer(
    pool,
    { titleTypes: options.titleTypes ?? [] },
    {
      connectionTimeoutMs,
      schemaResource: options.schema === true,
      onToolCall: ({ outcome, error }) => outcome !== 'ok' && reportFailure(error),
    },
  );
  const transport = new StdioServerTransport();
  const untilAnswered = trackRequests(transport);
  const stop = async () => {
    await server.close();
    // What the last call has to say is logged first.
    await nextTurn();
    await Promise.race([close(), sleep(closeMs)]);
    process.exit(0);
  };
  // The transport does not notice that its client is gone. What the client asked before is answered still.
  const onEnd = () => Promise.race([untilAnswered(), sleep(graceMs)]).then(stop);
  process.stdin.once('end', onEnd).once('close', onEnd);
  process.stdout.once('error', stop);
  process.once('SIGINT', stop).once('SIGTERM', stop);
  await server.connect(transport);
}
