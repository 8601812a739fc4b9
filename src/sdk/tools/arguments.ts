import type { ErrorObject } from 'ajv';
import { MovieHubError } from '../errors';
import { definitionOf, isSchema, mapSubschemas, type Schema } from '../json-schema';
import {
  describeSchema,
  isStandard,
  type ObjectSchema,
  type StandardIssue,
  type ToolSchema,
  validatorOf,
} from '../schema';
import { isPlain, mostReasons, outlineFaults, pathOf } from './outline-faults';

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
 * Returns the reader of an input. Its JSON Schema lists the names; their values are validated by the library that made the
 * schema, which may trim or convert before it looks, or the JSON Schema where there is none.
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
        // Defaults are put into a copy: the caller may keep what it sent.
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

/** How deep arguments may be nested; they themselves are the first level. */
const mostLevels = 32;
/** How many names and values they may have. */
const mostValues = 100_000;
/** How many characters their names and texts may have together. */
const mostCharacters = 1_000_000;

/** Says how arguments exceed what any tool takes, whatever their schema; undefined when they do not. It stops at the first excess. */
export function sizeFault(input: unknown): string | undefined {
  let values = 0;
  let characters = 0;
  const faultOf = (value: unknown, level: number): string | undefined => {
    values += 1;
    if (typeof value === 'string') characters += value.length;
    if (values > mostValues || characters > mostCharacters)
      return 'The arguments are too large: 100,000 names and values and 1,000,000 characters at most.';
    if (typeof value !== 'object' || value === null) return undefined;
    if (level > mostLevels) return 'The arguments are nested too deep: 32 levels at most.';
    // Neither list is copied: it may be a large one.
    if (Array.isArray(value)) {
      for (const each of value) {
        const fault = faultOf(each, level + 1);
        if (fault !== undefined) return fault;
      }
      return undefined;
    }
    for (const name in value) {
      const fault = faultOf(name, level) ?? faultOf((value as Record<string, unknown>)[name], level + 1);
      if (fault !== undefined) return fault;
    }
    return undefined;
  };
  return faultOf(input, 1);
}

/** Most characters of a refusal: more would fill a model's context without helping it. */
const longestText = 1_000;

/** Makes the refusal of arguments, bounded whatever was sent. */
export function refusalOf(reasons: Iterable<string>): MovieHubError {
  const shown: string[] = [];
  let length = 0;
  for (const reason of new Set(reasons)) {
    const text = reason.length > longestText ? `${reason.slice(0, longestText - 1)}…` : reason;
    length += text.length + 1;
    if (shown.length === mostReasons || length > longestText + 1) break;
    shown.push(text);
  }
  return new MovieHubError('invalid_argument', shown.join(' '));
}

/** Says which argument is wrong and why, without repeating its value. */
export function explainErrors(errors: readonly ErrorObject[]): readonly string[] {
  return errors.slice(0, mostReasons).map((error) => {
    const params: Record<string, unknown> = error.params;
    const names = error.instancePath.split('/').slice(1);
    if (error.keyword === 'additionalProperties') {
      const unknown = String(params.additionalProperty);
      return isPlain(unknown)
        ? `There is no argument "${pathOf([...names, unknown])}".`
        : 'There is no argument of that name.';
    }
    if (error.keyword === 'required')
      return `The argument ${pathOf([...names, String(params.missingProperty)])} is missing.`;
    if (names.length === 0) return `The arguments ${error.message ?? 'are not valid'}.`;
    const path = pathOf(names);
    if (error.keyword === 'enum') return `The argument ${path} must be one of ${list(params.allowedValues)}.`;
    return `The argument ${path} ${error.message ?? 'is not valid'}.`;
  });
}

/** An issue of zod, which has a code. */
interface ZodIssue extends StandardIssue {
  readonly code?: unknown;
}

/** The same for what the schema's own library found: a refinement's words are those of the tool's author. */
export function explainIssues(issues: readonly StandardIssue[]): readonly string[] {
  return issues.slice(0, mostReasons).map((issue) => {
    const { message, path = [], code } = issue as ZodIssue;
    const names = path.map((part) => String(typeof part === 'object' ? part.key : part));
    const argument = names.length === 0 ? 'The arguments' : `The argument ${pathOf(names)}`;
    // It repeats the names that a caller chose.
    if (code === 'unrecognized_keys') return `${argument}: there is no argument of that name.`;
    return `${argument}: ${/[.!?]$/.test(message) ? message : `${message}.`}`;
  });
}

function list(values: unknown): string {
  return Array.isArray(values) ? values.map((value) => JSON.stringify(value)).join(', ') : 'those listed';
}
