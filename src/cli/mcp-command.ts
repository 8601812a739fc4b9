import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { Command } from 'commander';
import { createMovieMcpServer } from 'movie-hub';
import { readEnvironment, servedDatabase, type TypedDatabase, withDatabaseOptions } from './environment';
import { CommandFailure, reportFailure } from './failure';
import { lazyPool } from './lazy-pool';
import { parseTitleTypes } from './option-values';
import { createStdioTransport } from './stdio-transport';

/** Time for calls to finish after the input has ended, in ms. The first call may create a database. */
const graceMs = 30_000;
/** The same with a server database and an initialised client, in ms: closing the input means that the client has left. */
const leaveMs = 300;
/** Time for connections to close, in ms. */
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
      'title types that the user may see, such as 1,5 (default: none)',
      parseTitleTypes,
    )
    .option('--schema', 'offer tables and their comments as a resource, for developers');
  return withDatabaseOptions(command).action(serveMcp);
}

async function serveMcp(options: McpOptions): Promise<void> {
  const database = servedDatabase(options, readEnvironment());
  const { pool, close } = lazyPool(database);
  // The first call may create the embedded database.
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
      // Let the last call log its outcome.
      await nextTurn();
      await Promise.race([close(), sleep(closeMs)]);
      process.exit(0);
    })();
    return stopping;
  };
  process.stdout.once('error', stop);
  process.once('SIGINT', stop).once('SIGTERM', stop);
  await server.connect(transport);
  // The transport does not detect that its client has left. Pending requests are answered if that does not take long.
  const onEnd = async () => {
    const isLeft = transport.hasSession && 'url' in database;
    await Promise.race([transport.untilAnswered(), sleep(isLeft ? leaveMs : graceMs)]);
    await stop();
  };
  process.stdin.once('end', onEnd).once('close', onEnd);
}
