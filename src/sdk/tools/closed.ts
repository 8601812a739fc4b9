type Schema = Readonly<Record<string, unknown>>;

/**
 * Closes the objects inside a schema too, where nothing says that they are open: zod would drop what it does not know, and the
 * caller would take it for heeded. Not those of `allOf`, each of which would refuse the properties of the others.
 */
export function closed(schema: unknown): unknown {
  const open = new Set(
    [...JSON.stringify(schema).matchAll(/"allOf":\[([^\]]*)\]/g)].flatMap(([, members = '']) =>
      [...members.matchAll(/"#\/\$defs\/([^"/]+)"/g)].map(([, name]) => name),
    ),
  );
  return close(schema, open);
}

function close(schema: unknown, open: ReadonlySet<string | undefined>): unknown {
  if (Array.isArray(schema)) return schema.map((each) => close(each, open));
  if (typeof schema !== 'object' || schema === null) return schema;
  const made: Record<string, unknown> = { ...schema };
  for (const keyword of ['items', 'prefixItems', 'anyOf', 'oneOf', 'additionalProperties'])
    if (keyword in made) made[keyword] = close(made[keyword], open);
  if (typeof made.$defs === 'object' && made.$defs !== null)
    made.$defs = mapped(made.$defs as Schema, (each, name) => (open.has(name) ? each : close(each, open)));
  if (typeof made.properties !== 'object' || made.properties === null) return made;
  const properties = mapped(made.properties as Schema, (each) => close(each, open));
  return { additionalProperties: false, ...made, properties };
}

function mapped(schemas: Schema, change: (schema: unknown, name: string) => unknown): Schema {
  return Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, change(schema, name)]));
}
