import { createHash } from 'node:crypto';
import type { JsonObject } from './model';

/** Returns `value` when it is a JSON object, otherwise undefined. */
export function toJsonObject(value: unknown): JsonObject | undefined {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isObject ? (value as JsonObject) : undefined;
}

/**
 * Parses the text of a JSON object, as a request can hold it; see `wellFormedJson`. Blank text means the empty object; anything else
 * returns undefined.
 */
export function parseJsonObject(text: string): JsonObject | undefined {
  if (text.trim() === '') return {};
  try {
    return toJsonObject(wellFormedJson(JSON.parse(text)));
  } catch {
    return undefined;
  }
}

/** Writes `value` as AWS sends it, with bytes as base64: as a list of numbers they would be four times as long. */
export function stringifyAsSent(value: unknown): string | undefined {
  try {
    return JSON.stringify(value, bytesAsBase64);
  } catch {
    return undefined;
  }
}

/** Reads the original value: `value` is what `Buffer.toJSON` returned. */
function bytesAsBase64(this: Record<string, unknown>, key: string, value: unknown): unknown {
  const given = this[key];
  return given instanceof Uint8Array ? Buffer.from(given).toString('base64') : value;
}

/** Writes `value` as JSON, or returns undefined when JSON cannot hold it (a BigInt, a cycle). */
export function stringifyJson(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}

/** Replaces JSON that contains itself, or is nested too deep. */
const tooDeep = '(nested too deep to be shown)';
const maxDepth = 400;

/** Replaces each half of a surrogate pair with U+FFFD: Bedrock refuses a request that contains one. */
export function wellFormed(text: string): string {
  // Node 20 has it, and the ES2023 types do not.
  return (text as string & { toWellFormed(): string }).toWellFormed();
}

/**
 * Makes a value that a request can hold: replaces half surrogate pairs in all texts and names, a value that contains itself or is
 * nested deeper than 400 levels with a note, and a BigInt with its digits. A value without any of these is returned itself; bytes
 * stay as they are.
 *
 * @param change Changes each text and name; replaces half surrogate pairs unless given.
 */
export function wellFormedJson<T>(value: T, change: (text: string) => string = wellFormed): T {
  return changed(value, change, 0, new Map()) as T;
}

function changed(
  value: unknown,
  change: (text: string) => string,
  depth: number,
  known: Map<object, unknown>,
): unknown {
  if (typeof value === 'string') return change(value);
  if (typeof value === 'bigint') return String(value);
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
  if (known.has(value)) return known.get(value);
  if (depth >= maxDepth) return tooDeep;
  known.set(value, tooDeep);
  const names = Object.keys(value);
  const members = value as Record<string, unknown>;
  // Copied at the first difference only: most values have none.
  let copy: Array<[name: string, item: unknown]> | undefined;
  for (const [index, name] of names.entries()) {
    const given = members[name];
    const item = changed(given, change, depth + 1, known);
    const newName = change(name);
    if (!copy && (newName !== name || !Object.is(item, given)))
      copy = names.slice(0, index).map((each) => [each, members[each]]);
    copy?.push([newName, item]);
  }
  const result =
    copy === undefined
      ? value
      : Array.isArray(value)
        ? copy.map(([, item]) => item)
        : Object.fromEntries(copy);
  known.set(value, result);
  return result;
}

/** Names of tools and ids of tool uses that Bedrock accepts. */
const safePattern = /^[a-zA-Z0-9_-]{1,64}$/;
const maxLength = 64;

function isSafeName(name: unknown): name is string {
  return typeof name === 'string' && safePattern.test(name);
}

/**
 * Turns any name into one that Bedrock accepts.
 *
 * The same name always gives the same result. Long names end in a hash of the whole, so that two with the same beginning differ.
 */
export function safeName(name: unknown, fallback: string): string {
  if (isSafeName(name)) return name;
  const text = typeof name === 'string' ? name : '';
  const replaced = text.replace(/[^a-zA-Z0-9_-]+/g, '_');
  if (!/[a-zA-Z0-9]/.test(replaced)) return fallback;
  return replaced.length <= maxLength ? replaced : `${replaced.slice(0, maxLength - 9)}_${hashOf(text)}`;
}

/** Adds a safe name to `taken`, with `_2`, `_3`… at its end where it is taken already. Returns that name. */
export function takeName(name: string, taken: Set<string>): string {
  const free = freeName(name, taken);
  taken.add(free);
  return free;
}

/** Returns the name that `takeName` would add. */
export function freeName(name: string, taken: Set<string>): string {
  const counts = lastCounts.get(taken) ?? new Map<string, number>();
  lastCounts.set(taken, counts);
  let candidate = name;
  let count = counts.get(name) ?? 1;
  while (taken.has(candidate)) {
    count += 1;
    const suffix = `_${count}`;
    candidate = `${name.slice(0, maxLength - suffix.length)}${suffix}`;
  }
  counts.set(name, count);
  return candidate;
}

/** Where the last search for a free name ended: thousands of names may have the same safe name. */
const lastCounts = new WeakMap<Set<string>, Map<string, number>>();

/** A hash of a text in hexadecimal digits. */
export function hashOf(text: string, length = 8): string {
  return createHash('sha256').update(text).digest('hex').slice(0, length);
}

/** The longest beginning of a text within a number of bytes, without half a character. */
export function beginningOf(text: string, maxBytes: number): string {
  const bytes = Buffer.from(text);
  let end = maxBytes;
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return bytes.toString('utf8', 0, end);
}
