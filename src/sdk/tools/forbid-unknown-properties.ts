import { definitionOf, isSchema, mapSubschemas, type Schema } from './subschemas';

/**
 * Has a schema say, to whoever reads it, that its objects take no unknown properties where nothing says that they do. Objects
 * inside `allOf` stay as they are: each would refuse the properties of the others. `outlineFaults` joins those.
 */
export function forbidUnknownProperties(schema: Schema): Schema {
  const definitions = isSchema(schema.$defs) ? schema.$defs : {};
  const joined = new Set<string>();
  const collect = (sub: unknown, isJoined: boolean): unknown => {
    if (!isSchema(sub)) return sub;
    const name = isJoined ? definitionOf(sub.$ref) : undefined;
    if (name !== undefined && !joined.has(name)) {
      joined.add(name);
      collect(definitions[name], true);
    }
    return mapSubschemas(sub, (each, keyword) => collect(each, isJoined || keyword === 'allOf'));
  };
  collect(schema, false);
  const forbid = (sub: unknown): unknown => {
    if (!isSchema(sub)) return sub;
    const made = mapSubschemas(sub, (each, keyword, name) =>
      keyword === 'allOf' || (keyword === '$defs' && joined.has(name ?? '')) ? each : forbid(each),
    );
    return isSchema(made.properties) ? { additionalProperties: false, ...made } : made;
  };
  return forbid(schema) as Schema;
}
