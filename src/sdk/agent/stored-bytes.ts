import { toJsonObject } from './json';

/**
 * Returns bytes, also those that were stored as JSON, which knows none: `JSON.stringify` writes a `Uint8Array` as
 * `{"0":1,"1":2}` and a `Buffer` as `{"type":"Buffer","data":[1,2]}`. Undefined means that the value is no bytes at all.
 */
export function toBytes(value: unknown): Uint8Array | undefined {
  if (value instanceof Uint8Array) return value;
  const object = toJsonObject(value);
  if (object === undefined) return undefined;
  const isBuffer = object.type === 'Buffer' && Array.isArray(object.data);
  const list = isBuffer ? (object.data as unknown[]) : inOrder(object);
  return list?.every(isByte) ? Uint8Array.from(list) : undefined;
}

/** Gives an image, a document or a video in a message its bytes back. */
export function withBytes<T extends object>(block: T): T {
  const entries = Object.entries(block).map(([kind, media]) => {
    const source = toJsonObject(toJsonObject(media)?.source);
    const bytes = source && toBytes(source.bytes);
    return [kind, bytes ? { ...media, source: { ...source, bytes } } : media];
  });
  return Object.fromEntries(entries);
}

/** The values of an object whose names count from 0, as JSON keeps them. */
function inOrder(object: object): unknown[] | undefined {
  const entries = Object.entries(object);
  if (entries.length === 0) return undefined;
  return entries.every(([key], index) => key === String(index)) ? entries.map(([, item]) => item) : undefined;
}

function isByte(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) >= 0 && Number(value) <= 255;
}
