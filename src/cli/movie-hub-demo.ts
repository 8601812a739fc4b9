import { version } from 'movie-hub';
import { demoCommand } from './demo-command';
import { runCommand } from './run-command';

await runCommand(demoCommand('movie-hub-demo').version(version));
