import { type Command, CommanderError } from 'commander';
import { reportFailure, toOneLine } from './failure';

/** Runs a command with the process's arguments. Every failure prints one line and sets the exit code. */
export async function runCommand(command: Command): Promise<void> {
  // A reader such as `head` may close the pipe early; that is not a failure.
  process.stdout.on('error', () => undefined);
  process.stderr.on('error', () => undefined);
  for (const each of withSubcommands(command)) {
    each.exitOverride();
    each.configureOutput({ outputError: (text, write) => write(explain(text, each)) });
    each.showHelpAfterError(false);
  }
  try {
    await command.parseAsync();
  } catch (error) {
    // Commander has printed its message. Usage errors exit with 2, --help with 0.
    process.exitCode =
      error instanceof CommanderError ? (error.exitCode === 0 ? 0 : 2) : reportFailure(error);
  }
}

function explain(text: string, command: Command): string {
  const message = toOneLine(text.replace(/^error: */, '')).replace(/[^.?)]$/, '$&.');
  return `movie-hub: ${message} See: ${fullName(command)} --help\n`;
}

function fullName(command: Command): string {
  return command.parent === null ? command.name() : `${fullName(command.parent)} ${command.name()}`;
}

function withSubcommands(command: Command): Command[] {
  return [command, ...command.commands.flatMap(withSubcommands)];
}
