import { type Command, CommanderError } from 'commander';
import { reportFailure } from './failure';

/** Runs a command with the process's arguments: one line and an exit code for whatever fails. */
export async function runCommand(command: Command): Promise<void> {
  for (const each of withSubcommands(command)) {
    each.exitOverride();
    each.configureOutput({ outputError: (text, write) => write(text.replace(/^error:/, 'movie-hub:')) });
    each.showHelpAfterError(false);
  }
  try {
    await command.parseAsync();
  } catch (error) {
    // Commander has written its message; every error of usage is 2, and asking for help is none.
    process.exitCode =
      error instanceof CommanderError ? (error.exitCode === 0 ? 0 : 2) : reportFailure(error);
  }
}

function withSubcommands(command: Command): Command[] {
  return [command, ...command.commands.flatMap(withSubcommands)];
}
