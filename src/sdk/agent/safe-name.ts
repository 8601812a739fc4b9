import { createHash } from 'node:crypto';

/** What Bedrock takes as a tool's name or a tool use's id. */
const safePattern = /^[a-zA-Z0-9_-]{1,64}$/;
const maxLength = 64;

/** Tells whether Bedrock takes `name` as it is. */
function isSafeName(name: unknown): name is string {
  return typeof name === 'string' && safePattern.test(name);
}

/**
 * Turns any name into one that Bedrock takes.
 *
 * The same name always gives the same result. Long names end in a hash of the whole, so that two of them that begin
 * alike stay apart.
 */
export function safeName(name: unknown, fallback: string): string {
  if (isSafeName(name)) return name;
  const text = typeof name === 'string' ? name : '';
  const replaced = text.replace(/[^a-zA-Z0-9_-]+/g, '_');
  if (!/[a-zA-Z0-9]/.test(replaced)) return fallback;
  return replaced.length <= maxLength ? replaced : `${replaced.slice(0, maxLength - 9)}_${hashOf(text)}`;
}

/** Takes a safe name that is not yet in `taken`, adding `_2`, `_3`… where needed, and adds it to `taken`. */
export function takeName(name: string, taken: Set<string>): string {
  const free = freeName(name, taken);
  taken.add(free);
  return free;
}

/** Finds the name that `takeName` would take. */
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

/** Where the last search for a free name ended: a server may have thousands that come out alike. */
const lastCounts = new WeakMap<Set<string>, Map<string, number>>();

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8);
}
