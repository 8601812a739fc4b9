type Schema = Record<string, unknown>;

/** Keywords that hold schemas, by name or in a list or alone. */
const named = ['properties', '$defs', 'patternProperties'];
const several = ['prefixItems', 'anyOf', 'oneOf', 'allOf'];
const alone = ['items', 'additionalProperties', 'propertyNames', 'not'];

/**
 * Leaves out of the JSON Schema of a library's schema what it cannot say as the library means it: patterns that other readers
 * of JSON Schema cannot read, and multiples of fractions, which they reckon with doubles. A client that checks a right
 * value would refuse it.
 */
export function dropUnsayable(schema: unknown): unknown {
  if (typeof schema !== 'object' || schema === null || Array.isArray(schema)) return schema;
  const made: Schema = { ...schema };
  if (typeof made.pattern === 'string' && !isReadable(made.pattern)) delete made.pattern;
  if (typeof made.multipleOf === 'number' && !Number.isInteger(made.multipleOf)) delete made.multipleOf;
  for (const keyword of named) {
    if (typeof made[keyword] !== 'object' || made[keyword] === null) continue;
    const entries = Object.entries(made[keyword]).filter(
      ([name]) => keyword !== 'patternProperties' || isReadable(name),
    );
    made[keyword] = Object.fromEntries(entries.map(([name, each]) => [name, dropUnsayable(each)]));
  }
  for (const keyword of several)
    if (Array.isArray(made[keyword])) made[keyword] = made[keyword].map(dropUnsayable);
  for (const keyword of alone) if (keyword in made) made[keyword] = dropUnsayable(made[keyword]);
  return withoutEmpty(made);
}

/** Leaves out the patterns whose flags JSON Schema has no word for, as of case. */
export function dropFlagged(json: Schema, patterns: Iterable<unknown>): void {
  const flagged = new Set<unknown>();
  for (const pattern of patterns)
    if (pattern instanceof RegExp && /[imsvy]/.test(pattern.flags)) flagged.add(pattern.source);
  if (flagged.size === 0) return;
  if (flagged.has(json.pattern)) delete json.pattern;
  if (!Array.isArray(json.allOf)) return;
  json.allOf = json.allOf.filter(({ pattern }: Schema) => !flagged.has(pattern));
}

/** Members of `allOf` that say nothing any more go. */
function withoutEmpty(schema: Schema): Schema {
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
