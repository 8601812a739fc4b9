import type { JsonObject } from './model';
import { wellFormedJson } from './well-formed';

/** Returns `value` when it is a JSON object, and undefined when it is a list, a scalar or nothing. */
export function toJsonObject(value: unknown): JsonObject | undefined {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isObject ? (value as JsonObject) : undefined;
}

/**
 * Parses the text of a JSON object; nothing at all means the empty one, and anything else gives undefined. What JSON allows and
 * a model's request does not is repaired; see `wellFormedJson`.
 */
export function parseJsonObject(text: string): JsonObject | undefined {
  if (text.trim() === '') return {};
  try {
    return toJsonObject(wellFormedJson(JSON.parse(text)));
  } catch {
    return undefined;
  }
}

/** Writes `value` as AWS sends it, with bytes as base64: as a list of numbers they would look four times as long. */
export function stringifyAsSent(value: unknown): string | undefined {
  try {
    return JSON.stringify(value, bytesAsBase64);
  } catch {
    return undefined;
  }
}

/** Looks at the value as it is: a Buffer comes here as what it makes of itself. */
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
