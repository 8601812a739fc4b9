import { definitionOf, isSchema, mapSubschemas, type Schema } from '../json-schema';
import { sizeFault } from './argument-size';
import { describeSchema } from './describe-schema';
import { explainErrors, explainIssues, refusalOf } from './explain';
import { outlineFaults } from './outline-faults';
import { isStandard, type ObjectSchema, type ToolSchema } from './schema';
import { validatorOf } from './validate';

/** Reads what a caller sends. */
export interface InputReader {
  /** For the list of tools: unknown properties are refused whatever the schema said of them. */
  readonly schema: ObjectSchema;
  /**
   * @throws MovieHubError `invalid_argument` for more than 32 levels, 100,000 names and values or 1,000,000 characters, before
   *   anything else is looked at; and one that names the arguments that are wrong, ten at most, and repeats no value.
   */
  read(input: unknown): Promise<Record<string, unknown>>;
}

/** Servers may be made for every request: what reads a schema is made once. */
const readers = new WeakMap<ToolSchema, InputReader>();

/**
 * Returns the reader of an input. Its JSON Schema tells which names there are; of their values the library decides that the
 * schema is of, which may trim or convert before it looks, or the JSON Schema where there is none.
 */
export function inputReader(schema: ToolSchema, what: string): InputReader {
  const reader = readers.get(schema) ?? makeReader(schema, what);
  readers.set(schema, reader);
  return reader;
}

function makeReader(schema: ToolSchema, what: string): InputReader {
  const json = describeSchema(schema, 'input', what);
  const isOfLibrary = isStandard(schema);
  const root = { ...json, additionalProperties: false };
  const described = isOfLibrary ? (forbidUnknownProperties(root) as typeof root) : root;
  const validator = validatorOf(described, what, !isOfLibrary);
  const decide = isOfLibrary
    ? async (given: object) => {
        const result = await schema['~standard'].validate(given);
        if (result.issues) throw refusalOf(explainIssues(result.issues));
        return result.value;
      }
    : async (given: object) => {
        // Defaults are put into a copy: the caller may hold what he sent.
        const copy = structuredClone(given);
        const errors = validator.errors(copy);
        if (errors.length === 0) return copy;
        const each = validator.errorsByProperty(copy);
        throw refusalOf(explainErrors(each.length > 0 ? each.flat() : errors));
      };
  return {
    schema: described,
    read: async (input = {}) => {
      const given = input ?? {};
      const fault = sizeFault(given);
      if (fault !== undefined) throw refusalOf([fault]);
      const faults = outlineFaults(root, given, isOfLibrary);
      if (faults.length > 0) throw refusalOf(faults);
      return (await decide(given)) as Record<string, unknown>;
    },
  };
}

/**
 * Has a schema say, to whoever reads it, that its objects take no unknown properties where nothing says that they do. Objects
 * inside `allOf` stay as they are: each would refuse the properties of the others. `outlineFaults` joins those.
 */
function forbidUnknownProperties(schema: Schema): Schema {
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
