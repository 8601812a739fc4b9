import { InvalidArgumentError } from 'commander';

/**
 * Reads a list of title types as people write it: `1,5`, `{1,5}`, `1`; empty or `{}` means none.
 *
 * @throws InvalidArgumentError for anything else.
 */
export function parseTitleTypes(text: string): number[] {
  const list = /^\s*(?:\{([^{}]*)\}|([^{}]*))\s*$/.exec(text);
  const items = (list?.[1] ?? list?.[2] ?? 'x').trim();
  if (items === '') return [];
  const numbers = items.split(',').map((item) => item.trim());
  if (numbers.every((item) => /^\d{1,9}$/.test(item) && Number(item) > 0)) return numbers.map(Number);
  throw new InvalidArgumentError('Give the numbers of title types, such as 1,5 (1 is movie, 5 is TV movie).');
}
