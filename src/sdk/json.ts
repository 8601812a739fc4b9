/** Deeper values are left to JSON itself: they may contain themselves. */
const maxDepth = 100;

/**
 * Returns whether a value is what JSON makes of it: nothing in it is undefined, a date, or a number that JSON lacks. Such a value
 * needs no way through text and back.
 */
export function isPlainJson(value: unknown, depth = 0): boolean {
  if (typeof value === 'number') return Number.isFinite(value) && !Object.is(value, -0);
  if (typeof value !== 'object') return typeof value === 'string' || typeof value === 'boolean';
  if (value === null) return true;
  if (depth > maxDepth) return false;
  if (Array.isArray(value)) {
    // Not `every`, which skips holes.
    for (const each of value) if (!isPlainJson(each, depth + 1)) return false;
    return true;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if ((prototype !== Object.prototype && prototype !== null) || 'toJSON' in value) return false;
  for (const each of Object.values(value)) if (!isPlainJson(each, depth + 1)) return false;
  return true;
}

/** What JSON writes with a backslash: quotes, control characters, and halves of surrogate pairs. */
const escaped = /["\\]|[^ -\ud7ff\ue000-\u{10ffff}]/u;
const shortEscapes = '"\\\b\f\n\r\t';

/** Returns the size of a value as compact JSON, in bytes of UTF-8, without making its text. */
export function jsonBytes(value: unknown): number {
  if (typeof value === 'string') return stringBytes(value);
  if (typeof value === 'number') return Number.isFinite(value) ? String(value === 0 ? 0 : value).length : 4;
  if (typeof value === 'boolean') return value ? 4 : 5;
  if (typeof value !== 'object' || value === null) return 4;
  if ('toJSON' in value) return Buffer.byteLength(JSON.stringify(value));
  let bytes = 2;
  let members = 0;
  if (Array.isArray(value)) {
    for (const each of value) bytes += jsonBytes(each);
    members = value.length;
  } else {
    for (const name of Object.keys(value)) {
      const each: unknown = (value as Record<string, unknown>)[name];
      if (each === undefined || typeof each === 'function' || typeof each === 'symbol') continue;
      bytes += stringBytes(name) + 1 + jsonBytes(each);
      members += 1;
    }
  }
  return bytes + Math.max(0, members - 1);
}

function stringBytes(text: string): number {
  let bytes = Buffer.byteLength(text) + 2;
  if (!escaped.test(text)) return bytes;
  for (const character of text) {
    if (shortEscapes.includes(character)) bytes += 1;
    // As \u001f, and as \ud800, for which the buffer counts 3.
    else if (escaped.test(character)) bytes += character < ' ' ? 5 : 3;
  }
  return bytes;
}
