/** What stands in place of JSON that holds itself, or is nested deeper than anyone reads. */
const tooDeep = '(nested too deep to be shown)';
const deepest = 400;

/** Replaces each half of a surrogate pair by U+FFFD: Bedrock refuses a request that holds one. */
export function wellFormed(text: string): string {
  // Node 20 has it, and the ES2023 types do not.
  return (text as string & { toWellFormed(): string }).toWellFormed();
}

/**
 * Makes a value one that a request can hold: half surrogate pairs are replaced in all texts and names, what holds itself or is
 * nested deeper than 400 levels by a note, and a BigInt by its digits. What is in order comes back as the same object; bytes are
 * left alone.
 */
export function wellFormedJson<T>(value: T): T {
  return repaired(value, 0, new Map()) as T;
}

function repaired(value: unknown, depth: number, known: Map<object, unknown>): unknown {
  if (typeof value === 'string') return wellFormed(value);
  if (typeof value === 'bigint') return String(value);
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
  if (known.has(value)) return known.get(value);
  if (depth >= deepest) return tooDeep;
  known.set(value, tooDeep);
  const entries = Object.entries(value);
  const clean = entries.map(([key, item]) => [wellFormed(key), repaired(item, depth + 1, known)] as const);
  const isSame = clean.every(
    ([key, item], index) => key === entries[index]?.[0] && Object.is(item, entries[index][1]),
  );
  const whole = Array.isArray(value) ? clean.map(([, item]) => item) : Object.fromEntries(clean);
  const result = isSame ? value : whole;
  known.set(value, result);
  return result;
}
