import { Command } from 'commander';
import { version } from 'movie-hub';
import { dbCommand } from './db-command';
import { demoCommand } from './demo-command';
import { mcpCommand } from './mcp-command';
import { runCommand } from './run-command';

await runCommand(
  new Command('movie-hub')
    .description(
      'Answer questions from your PostgreSQL data through canned queries, protected by row-level security.',
    )
    .version(version)
    .addCommand(demoCommand('demo'))
    .addCommand(mcpCommand('mcp'))
    .addCommand(dbCommand()),
);
