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
