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
  const described = { ...describeSchema(schema, 'input', what), additionalProperties: false };
  const validate = validatorOf(described);
  return {
    schema: described,
    read: async (input) => {
      const given = input ?? {};
      if (!validate(given)) throw explainErrors(validate.errors ?? []);
      if (!isStandard(schema)) return given as Record<string, unknown>;
      const result = await schema['~standard'].validate(given);
      if (result.issues) throw explainIssues(result.issues);
      return result.value as Record<string, unknown>;
    },
  };
}
