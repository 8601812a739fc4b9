import { InvalidArgumentError } from 'commander';

/** Refuses an option's value that is there but empty, as of a shell's variable that is not set. */
export function notEmpty(text: string): string {
  if (text.trim() !== '') return text;
  throw new InvalidArgumentError('It must not be empty.');
}
