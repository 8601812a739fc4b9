import { describeSchema } from './describe-schema';
import { isStandard, type ObjectSchema, type ToolSchema } from './schema';
import { explainErrors, explainIssues, validatorOf } from './validate';

/** Reads what a caller sends. */
export interface InputReader {
  /** For the list of tools: unknown properties are refused whatever the schema said of them. */
  readonly schema: ObjectSchema;
  /**
   * @throws MovieHubError `invalid_argument` that names each argument that is wrong, and repeats no value.
   */
  read(input: unknown): Promise<Record<string, unknown>>;
}

/** Servers may be made for every request: what reads a schema is made once. */
const readers = new WeakMap<ToolSchema, InputReader>();

/** Returns the reader of an input: first against its JSON Schema, then by the library that the schema is of, if any. */
export function inputReader(schema: ToolSchema, what: string): InputReader {
  const reader = readers.get(schema) ?? makeReader(schema, what);
  readers.set(schema, reader);
  return reader;
}

function makeReader(schema: ToolSchema, what: string): InputReader {
  const json = describeSchema(schema, 'input', what);
  const described = {
    ...(isStandard(schema) ? (closed(json) as ObjectSchema) : json),
    additionalProperties: false,
  };
  const validate = validatorOf(described, what, !isStandard(schema));
  return {
    schema: described,
    read: async (input) => {
      // Defaults of JSON Schema are put into a copy: the caller may hold what he sent.
      const given = isStandard(schema) ? (input ?? {}) : structuredClone(input ?? {});
      if (!validate(given)) throw explainErrors(validate.errors ?? []);
      if (!isStandard(schema)) return given as Record<string, unknown>;
      const result = await schema['~standard'].validate(given);
      if (result.issues) throw explainIssues(result.issues);
      return result.value as Record<string, unknown>;
    },
  };
}

/**
 * Closes the objects inside too, where nothing says that they are open: zod would drop what it does not know, and the caller
 * would take it for heeded. Not those of `allOf`, each of which would refuse the properties of the others.
 */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== 'object' || schema === null) return schema;
  const made: Record<string, unknown> = { ...schema };
  for (const keyword of ['items', 'prefixItems', 'anyOf', 'oneOf', 'additionalProperties'])
    if (keyword in made) made[keyword] = closed(made[keyword]);
  if (typeof made.properties !== 'object' || made.properties === null) return made;
  const properties = Object.entries(made.properties).map(([name, property]) => [name, closed(property)]);
  return { additionalProperties: false, ...made, properties: Object.fromEntries(properties) };
}
