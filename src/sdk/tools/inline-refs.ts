type Schemas = Readonly<Record<string, unknown>>;

/**
 * Writes out what a JSON Schema looks up in its definitions (`$ref` to `#/$defs/…`), so that each property says its own type
 * and description: not every model's service looks them up. A definition that holds itself stays one.
 */
export function inlineRefs(schema: Record<string, unknown>): Record<string, unknown> {
  const { $defs, ...rest } = schema;
  if (typeof $defs !== 'object' || $defs === null) return schema;
  const made = inlined(rest, $defs as Schemas, []) as Record<string, unknown>;
  return JSON.stringify(made).includes('"$ref":"#/$defs/') ? { ...made, $defs } : made;
}

function inlined(node: unknown, definitions: Schemas, within: readonly string[]): unknown {
  if (Array.isArray(node)) return node.map((each) => inlined(each, definitions, within));
  if (typeof node !== 'object' || node === null) return node;
  const { $ref, ...rest } = node as Record<string, unknown>;
  const name = definitionOf($ref);
  const others = Object.entries(rest).map(([key, value]) => [key, inlined(value, definitions, within)]);
  const made = Object.fromEntries(others) as Record<string, unknown>;
  if (name !== undefined && name in definitions && !within.includes(name))
    return { ...(inlined(definitions[name], definitions, [...within, name]) as object), ...made };
  return '$ref' in node ? { $ref: inlined($ref, definitions, within), ...made } : made;
}

/** The name of a definition, which a JSON Pointer writes with escapes. */
function definitionOf(ref: unknown): string | undefined {
  if (typeof ref !== 'string') return undefined;
  const name = /^#\/\$defs\/([^/]+)$/.exec(ref)?.[1];
  return name?.replaceAll('~1', '/').replaceAll('~0', '~');
}
