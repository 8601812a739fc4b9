import { InvalidArgumentError } from 'commander';

/** Parses a list of title types: `1,5`, `{1,5}`, `1`; empty or `{}` means none. */
export function parseTitleTypes(text: string): number[] {
  const list = /^\s*(?:\{([^{}]*)\}|([^{}]*))\s*$/.exec(text);
  const items = (list?.[1] ?? list?.[2] ?? 'x').trim();
  if (items === '') return [];
  const numbers = items.split(',').map((item) => item.trim());
  if (numbers.every((item) => /^\d{1,9}$/.test(item) && Number(item) > 0)) return numbers.map(Number);
  throw new InvalidArgumentError(
    'Enter the numbers of title types, such as 1,5 (1 is movie, 5 is TV movie).',
  );
}

/** Refuses an empty value, as from an unset shell variable. */
export function notEmpty(text: string): string {
  if (text.trim() !== '') return text;
  throw new InvalidArgumentError('It must not be empty.');
}

/** Parses a whole number that may have separators: `11000000`, `11_000_000`, `11,000,000`; NaN for anything else. */
export function parseCount(text: string): number {
  const digits = text.replaceAll(/(?<=\d)[_,](?=\d{3}(?:[_,]|$))/g, '');
  return /^\d+$/.test(digits) && Number.isSafeInteger(Number(digits)) ? Number(digits) : Number.NaN;
}
