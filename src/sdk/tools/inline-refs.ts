import { definitionOf, isSchema, mapSubschemas, type Schema } from '../json-schema';

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
