import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { Command } from 'commander';
import { createMovieMcpServer } from 'movie-hub';
import { readEnvironment, servedDatabase, type TypedDatabase, withDatabaseOptions } from './environment';
import { CommandFailure, reportFailure } from './failure';
import { lazyPool } from './lazy-pool';
import { createStdioTransport } from './stdio-transport';
import { parseTitleTypes } from './title-types';

/** Longest time that calls get to end after the input has ended, in ms: the first one may have to make a database. */
const graceMs = 30_000;
/** The same on a server for a client that had a session, in ms: closing the input is how it leaves, and its query goes with it. */
const leaveMs = 300;
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
  const report = (sentence: string) => void reportFailure(new CommandFailure(sentence));
  const transport = createStdioTransport(process.stdin, process.stdout, report);
  let stopping: Promise<never> | undefined;
  const stop = () => {
    stopping ??= (async () => {
      await server.close();
      // What the last call has to say is logged first.
      await nextTurn();
      await Promise.race([close(), sleep(closeMs)]);
      process.exit(0);
    })();
    return stopping;
  };
  process.stdout.once('error', stop);
  process.once('SIGINT', stop).once('SIGTERM', stop);
  await server.connect(transport);
  // The transport does not notice that its client is gone. What was asked before is answered if it does not take long.
  const onEnd = async () => {
    const isLeft = transport.hasSession && 'url' in database;
    await Promise.race([transport.untilAnswered(), sleep(isLeft ? leaveMs : graceMs)]);
    await stop();
  };
  process.stdin.once('end', onEnd).once('close', onEnd);
}
