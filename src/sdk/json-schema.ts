/** A JSON Schema that is an object. */
export type Schema = Readonly<Record<string, unknown>>;

/** Whether a value is an object, and no list: a schema that is neither true nor false. */
export function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Changes each schema that stands directly in `schema`. `keyword` is the one that holds it, `name` its name there if it has one. */
export function mapSubschemas(
  schema: Schema,
  change: (sub: unknown, keyword: string, name?: string) => unknown,
): Record<string, unknown> {
  const entries = Object.entries(schema).map(([keyword, value]) => {
    const place = placeOf(keyword);
    if (place === undefined) return [keyword, value];
    // Before draft 2020-12 `items` could be a list.
    if (Array.isArray(value)) return [keyword, value.map((sub) => change(sub, keyword))];
    if (place === 'one') return [keyword, change(value, keyword)];
    if (place === 'list' || !isSchema(value)) return [keyword, value];
    const subs = Object.entries(value).map(([name, sub]) => [name, change(sub, keyword, name)]);
    return [keyword, Object.fromEntries(subs)];
  });
  return Object.fromEntries(entries) as Record<string, unknown>;
}

/** Returns the name of the definition that a `$ref` leads to, which a JSON Pointer writes with escapes. */
export function definitionOf(ref: unknown): string | undefined {
  if (typeof ref !== 'string') return undefined;
  const name = /^#\/\$defs\/([^/]+)$/.exec(ref)?.[1];
  return name?.replaceAll('~1', '/').replaceAll('~0', '~');
}

const places: ReadonlyMap<string, 'one' | 'list' | 'map'> = new Map([
  ...['additionalItems', 'additionalProperties', 'contains', 'contentSchema', 'else', 'if', 'not'].map(one),
  ...['propertyNames', 'then', 'unevaluatedItems', 'unevaluatedProperties', 'items'].map(one),
  ...['allOf', 'anyOf', 'oneOf', 'prefixItems'].map((key) => [key, 'list'] as const),
  ...['$defs', 'definitions', 'dependencies', 'dependentSchemas', 'patternProperties', 'properties'].map(
    (key) => [key, 'map'] as const,
  ),
]);

function one(key: string) {
  return [key, 'one'] as const;
}

/**
 * Returns how schemas stand in the value of a keyword, in draft 2020-12 of JSON Schema and those before it; undefined means
 * that there are none: what looks like a schema there is data.
 */
export function placeOf(keyword: string): 'one' | 'list' | 'map' | undefined {
  return places.get(keyword);
}

/**
 * Writes out what a JSON Schema looks up in its definitions (`$ref` to `#/$defs/…`), so that each property says its own type
 * and description: not every model's service looks them up. A definition that holds itself stays one.
 */
export function inlineRefs(schema: Schema): Record<string, unknown> {
  const { $defs: definitions, ...rest } = schema;
  if (!isSchema(definitions)) return { ...schema };
  let areNeeded = false;
  const inline = (node: unknown, within: readonly string[]): unknown => {
    if (!isSchema(node)) return node;
    const made = mapSubschemas(node, (sub) => inline(sub, within));
    const name = definitionOf(node.$ref);
    if (name === undefined) return made;
    const definition = Object.hasOwn(definitions, name) ? definitions[name] : undefined;
    if (!isSchema(definition) || within.includes(name)) {
      areNeeded = true;
      return made;
    }
    const { $ref: _, ...beside } = made;
    return { ...(inline(definition, [...within, name]) as Schema), ...beside };
  };
  const made = inline(rest, []) as Record<string, unknown>;
  return areNeeded ? { ...made, $defs: definitions } : made;
}
