import { toJsonObject } from './json';
import type { JsonObject, JsonValue } from './model';
import { mapSubschemas } from './schema-walk';

/** The drafts before 2019-09 by their names, as in `http://json-schema.org/draft-07/schema#`. */
const older = /json-schema\.org\/draft-0[1-7]\//;

/** What later drafts brought: those before ignore it. */
const later = new Set([
  ...['unevaluatedItems', 'unevaluatedProperties', 'dependentRequired', 'dependentSchemas', 'prefixItems'],
  ...['minContains', 'maxContains', '$dynamicRef', '$recursiveRef'],
]);

/** What says nothing of a value, and may stand beside a reference. */
const besideReference = new Set([
  ...['$ref', '$schema', '$id', 'id', '$defs', 'definitions', '$comment'],
  ...['title', 'description', 'default', 'examples', 'deprecated', 'readOnly', 'writeOnly'],
]);

/** Takes out of a schema of an older draft what that draft ignores: later words, and words beside a reference. */
export function asItsDraftReads(root: JsonObject): JsonObject {
  if (typeof root.$schema !== 'string' || !older.test(root.$schema)) return root;
  const read = (given: JsonValue): JsonValue => {
    const schema = toJsonObject(given);
    if (schema === undefined) return given;
    const isReference = typeof schema.$ref === 'string';
    const known = Object.entries(schema).filter(([keyword]) =>
      isReference ? besideReference.has(keyword) : !later.has(keyword),
    );
    return mapSubschemas(Object.fromEntries(known), read);
  };
  return toJsonObject(read(root)) ?? {};
}
