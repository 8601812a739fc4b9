import { version } from 'movie-hub';
import { mcpCommand } from './mcp-command';
import { runCommand } from './run-command';

await runCommand(mcpCommand('movie-hub-mcp').version(version));
