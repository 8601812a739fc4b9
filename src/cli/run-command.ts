import { type Command, CommanderError } from 'commander';
import { inOneLine, reportFailure } from './failure';

/** Runs a command with the process's arguments: one line and an exit code for whatever fails. */
export async function runCommand(command: Command): Promise<void> {
  // Whoever reads may stop reading, as `head` does: that is no failure.
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
    // Commander has written its message; every error of usage is 2, and asking for help is none.
    process.exitCode =
      error instanceof CommanderError ? (error.exitCode === 0 ? 0 : 2) : reportFailure(error);
  }
}

function explain(text: string, command: Command): string {
  const message = inOneLine(text.replace(/^error: */, '')).replace(/[^.?)]$/, '$&.');
  return `movie-hub: ${message} See: ${fullName(command)} --help\n`;
}

function fullName(command: Command): string {
  return command.parent === null ? command.name() : `${fullName(command.parent)} ${command.name()}`;
}

function withSubcommands(command: Command): Command[] {
  return [command, ...command.commands.flatMap(withSubcommands)];
}
