import { isSchema, mapSubschemas } from '../json-schema';

/**
 * Leaves out of the JSON Schema of a library's schema what it cannot say as the library means it: patterns that other readers
 * of JSON Schema cannot read, and multiples of fractions, which they reckon with doubles. A client that checks a right
 * value would refuse it.
 */
export function dropUnsayable(schema: unknown): unknown {
  if (!isSchema(schema)) return schema;
  const made = mapSubschemas(schema, dropUnsayable);
  if (typeof made.pattern === 'string' && !isReadable(made.pattern)) delete made.pattern;
  if (typeof made.multipleOf === 'number' && !Number.isInteger(made.multipleOf)) delete made.multipleOf;
  if (isSchema(made.patternProperties)) {
    const readable = Object.entries(made.patternProperties).filter(([pattern]) => isReadable(pattern));
    made.patternProperties = Object.fromEntries(readable);
  }
  return withoutEmpty(made);
}

/** Leaves out the patterns whose flags JSON Schema has no word for, as of case. */
export function dropFlagged(json: Record<string, unknown>, patterns: Iterable<unknown>): void {
  const flagged = new Set<unknown>();
  for (const pattern of patterns)
    if (pattern instanceof RegExp && /[imsvy]/.test(pattern.flags)) flagged.add(pattern.source);
  if (flagged.size === 0) return;
  if (flagged.has(json.pattern)) delete json.pattern;
  if (!Array.isArray(json.allOf)) return;
  json.allOf = json.allOf.filter(({ pattern }: { pattern?: unknown }) => !flagged.has(pattern));
}

/** Members of `allOf` that say nothing any more go. */
function withoutEmpty(schema: Record<string, unknown>): Record<string, unknown> {
  if (!Array.isArray(schema.allOf)) return schema;
  const { allOf, ...rest } = schema;
  const left = allOf.filter((each: object) => Object.keys(each).length > 0);
  return left.length > 0 ? { ...rest, allOf: left } : rest;
}

function isReadable(pattern: string): boolean {
  try {
    new RegExp(pattern, 'u');
    return true;
  } catch {
    return false;
  }
}
