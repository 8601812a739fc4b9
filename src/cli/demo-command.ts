import { Command, InvalidArgumentError } from 'commander';
import { withDatabaseOptions } from './environment';
import { withMissingPackages } from './import-hub';
import { notEmpty } from './option-values';

/** The command that serves the hub. */
export function demoCommand(name: string): Command {
  const command = new Command(name)
    .description(
      'Serve the hub: login, movies, chat and admin pages, by default on a PostgreSQL embedded in this process.',
    )
    .option('--port <number>', 'port to listen on; 0 for any free port', parsePort, 3000)
    .option('--host <address>', 'address to listen on', notEmpty, '127.0.0.1');
  return withDatabaseOptions(command)
    .addHelpText(
      'after',
      `
Variables, also read from a .env file:
  DATABASE_URL, MOVIE_HUB_EDITOR_URL, MOVIE_HUB_ACCOUNTS_URL
                            the three logins from \`movie-hub db install\`
  MOVIE_HUB_SESSION_SECRET  signs session cookies; without it a restart logs
                            everyone out
  BEDROCK_MODEL_ID          Amazon Bedrock model for the chat; needs AWS
                            credentials and a region
  LOG_LEVEL                 fatal, error, warn (default), info, debug`,
    )
    .action(async (options) => {
      const { serveDemo } = await withMissingPackages(() => import('./serve-demo'));
      await serveDemo(options);
    });
}

function parsePort(text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  throw new InvalidArgumentError('A port is a number from 0 to 65535.');
}
