import { createRequire } from 'node:module';
import type { ErrorObject } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { isMovieHubError, MovieHubError } from './errors';
import { inlineRefs, isSchema, mapSubschemas } from './json-schema';

/** A JSON Schema whose root is an object: what MCP asks of a tool's input and output. */
export type ObjectSchema = {
  readonly type: 'object';
  readonly properties: Readonly<Record<string, object>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | object;
};

/**
 * A schema of zod 4, `zod/v4` of 3.25, or another library with the Standard Schema interface (standardschema.dev). It is
 * described here by its form, so that no copy of zod is part of this package's types.
 */
export interface StandardSchema<Output = unknown> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => StandardResult<Output> | Promise<StandardResult<Output>>;
    readonly types?: { readonly input: unknown; readonly output: Output } | undefined;
  };
}

/** What a Standard Schema says of a value. */
export type StandardResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly StandardIssue[] };

/** What is wrong with a value, and where. */
export interface StandardIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** How a tool's input, its rows and its output may be described: zod's objects, or JSON Schema. */
export type ToolSchema = ObjectSchema | StandardSchema;

/** Returns whether a schema is of a library such as zod, and not JSON Schema. */
export function isStandard(schema: ToolSchema): schema is StandardSchema {
  return '~standard' in schema;
}

/** The type that a schema describes: what zod parses to, or what a literal JSON Schema says. */
export type InferSchema<Schema> = Schema extends StandardSchema
  ? NonNullable<Schema['~standard']['types']>['output']
  : FromJsonSchema<Schema>;

/** Of JSON Schema the keywords that say a type: `type`, `properties`, `required`, `default`, `items`, `enum` and `const`. */
type FromJsonSchema<Schema> = Schema extends { readonly const: infer Value }
  ? Value
  : Schema extends { readonly enum: readonly (infer Value)[] }
    ? Value
    : Schema extends { readonly type: readonly (infer Type)[] }
      ? FromType<Type, Schema>
      : Schema extends { readonly type: infer Type }
        ? FromType<Type, Schema>
        : unknown;

type FromType<Type, Schema> = Type extends 'string'
  ? string
  : Type extends 'number' | 'integer'
    ? number
    : Type extends 'boolean'
      ? boolean
      : Type extends 'null'
        ? null
        : Type extends 'array'
          ? Schema extends { readonly items: infer Items }
            ? FromJsonSchema<Items>[]
            : unknown[]
          : Type extends 'object'
            ? FromProperties<Schema>
            : unknown;

type FromProperties<Schema> = Schema extends { readonly properties: infer Properties }
  ? Flat<
      { [Key in keyof Properties & PresentIn<Schema, Properties>]: FromJsonSchema<Properties[Key]> } & {
        [Key in Exclude<keyof Properties, PresentIn<Schema, Properties>>]?: FromJsonSchema<Properties[Key]>;
      }
    >
  : Record<string, unknown>;

/** Names of what is there once defaults are applied. */
type PresentIn<Schema, Properties> =
  | (Schema extends { readonly required: readonly (infer Name)[] } ? Name : never)
  | {
      [Key in keyof Properties]: Properties[Key] extends { readonly default: unknown } ? Key : never;
    }[keyof Properties];
type Flat<Type> = { [Key in keyof Type]: Type[Key] };

/** Which side of a schema: what it takes, or what it makes of it. They differ where it has defaults or transforms. */
export type SchemaSide = 'input' | 'output';

/**
 * Returns the JSON Schema (draft 2020-12) of a schema of a tool.
 *
 * A schema that has its own conversion (zod 4.2 or later does) is asked for it. Those of earlier zods are converted by the
 * installed zod.
 *
 * @param what Names the schema in messages: `the input of find_orders`.
 * @throws MovieHubError `invalid_argument` when its root is no object, it is a classic schema of zod 3, or it has no JSON Schema
 *   (as dates, bigints and transforms have none); `dependency_missing` when zod is needed and not installed.
 */
export function describeSchema(schema: ToolSchema, side: SchemaSide, what: string): ObjectSchema {
  let json: Record<string, unknown>;
  try {
    json = inlineRefs(convert(schema, side));
  } catch (cause) {
    if (isMovieHubError(cause)) throw cause;
    throw new MovieHubError(
      'invalid_argument',
      `There is no JSON Schema for ${what}. Dates, bigints and transforms have none: describe what is sent as JSON, such as z.string().`,
      { cause },
    );
  }
  if (json.type !== 'object' || typeof json.properties !== 'object' || json.properties === null)
    throw new MovieHubError('invalid_argument', `The root of ${what} must be an object with properties.`);
  for (const keyword of ['oneOf', 'anyOf', 'allOf']) {
    // Models' services refuse every tool of a request for one such schema.
    if (keyword in json)
      throw new MovieHubError('invalid_argument', `The root of ${what} must not have ${keyword}.`);
  }
  const { $schema: _, ...rest } = json;
  return rest as unknown as ObjectSchema;
}

/** What schemas of zod, and of others, have at run time. */
interface Convertible {
  readonly '~standard'?: {
    readonly vendor?: string;
    readonly jsonSchema?: Record<SchemaSide, (options: object) => Record<string, unknown>>;
  };
  readonly _zod?: unknown;
  readonly _def?: { readonly typeName?: string };
}

function convert(schema: ToolSchema, side: SchemaSide): Record<string, unknown> {
  const { '~standard': standard } = schema as Convertible;
  if (standard === undefined) return structuredClone(schema) as unknown as Record<string, unknown>;
  return dropUnsayable(convertStandard(schema, side)) as Record<string, unknown>;
}

function convertStandard(schema: ToolSchema, side: SchemaSide): Record<string, unknown> {
  const { '~standard': standard, _zod, _def } = schema as Convertible;
  if (standard?.jsonSchema) {
    const libraryOptions = { override };
    return standard.jsonSchema[side]({
      target: 'draft-2020-12',
      ...(standard.vendor === 'zod' && { libraryOptions }),
    });
  }
  if (_zod !== undefined) {
    return loadConverter()(schema, {
      io: side,
      override: ({ zodSchema, jsonSchema }) => {
        override({ zodSchema, jsonSchema });
        // The zod that converts may be another copy than the one that keeps the descriptions.
        const { id: _, ...metadata } = (zodSchema as Registered).meta?.() ?? {};
        for (const [keyword, value] of Object.entries(metadata)) jsonSchema[keyword] ??= value;
      },
    });
  }
  if (_def?.typeName === undefined) throw new Error('The schema has no conversion to JSON Schema.');
  throw new MovieHubError(
    'invalid_argument',
    'zod 3 schemas are not supported: use zod 4, or `zod/v4` of zod 3.25, or plain JSON Schema.',
  );
}

/** `toJSONSchema` of zod 3.25 or later, as far as it is used here. */
type ToJsonSchema = (
  schema: unknown,
  options: {
    io: SchemaSide;
    override(context: { zodSchema: unknown; jsonSchema: Record<string, unknown> }): void;
  },
) => Record<string, unknown>;

/** Loaded only for schemas that cannot convert themselves: no other tool needs zod. */
function loadConverter(): ToJsonSchema {
  try {
    const core = createRequire(import.meta.url)('zod/v4/core') as { readonly toJSONSchema: ToJsonSchema };
    return core.toJSONSchema;
  } catch (cause) {
    throw new MovieHubError(
      'dependency_missing',
      'Schemas of zod before 4.2 need the package zod beside movie-hub. Run: npm install zod',
      { cause },
    );
  }
}

/** A schema that knows its own description. */
interface Registered {
  meta?(): Record<string, unknown> | undefined;
}

/** Where zod 4 keeps the patterns of a text. */
interface Checked {
  readonly _zod: { readonly def: { readonly checks?: readonly Check[] } };
}
interface Check {
  readonly _zod?: { readonly def: { readonly pattern?: unknown } };
}

function override({ zodSchema, jsonSchema }: { zodSchema: unknown; jsonSchema: object }): void {
  const { checks = [] } = (zodSchema as Checked)._zod.def;
  dropFlagged(
    jsonSchema as Record<string, unknown>,
    checks.map((check) => check._zod?.def.pattern),
  );
}

/**
 * Leaves out of the JSON Schema of a library's schema what it cannot say as the library means it: patterns that other readers
 * of JSON Schema cannot read, and multiples of fractions, which they reckon with doubles. A client that checks a right
 * value would refuse it.
 */
export function dropUnsayable(schema: unknown): unknown {
  if (!isSchema(schema)) return schema;
  const made = mapSubschemas(schema, dropUnsayable);
  if (typeof made.pattern === 'string' && !isReadable(made.pattern)) delete made.pattern;
  if (typeof made.multipleOf === 'number' && !Number.isInteger(made.multipleOf)) delete made.multipleOf;
  if (isSchema(made.patternProperties)) {
    const readable = Object.entries(made.patternProperties).filter(([pattern]) => isReadable(pattern));
    made.patternProperties = Object.fromEntries(readable);
  }
  return withoutEmpty(made);
}

/** Leaves out the patterns whose flags JSON Schema has no word for, as of case. */
export function dropFlagged(json: Record<string, unknown>, patterns: Iterable<unknown>): void {
  const flagged = new Set<unknown>();
  for (const pattern of patterns)
    if (pattern instanceof RegExp && /[imsvy]/.test(pattern.flags)) flagged.add(pattern.source);
  if (flagged.size === 0) return;
  if (flagged.has(json.pattern)) delete json.pattern;
  if (!Array.isArray(json.allOf)) return;
  json.allOf = json.allOf.filter(({ pattern }: { pattern?: unknown }) => !flagged.has(pattern));
}

/** Members of `allOf` that say nothing any more go. */
function withoutEmpty(schema: Record<string, unknown>): Record<string, unknown> {
  if (!Array.isArray(schema.allOf)) return schema;
  const { allOf, ...rest } = schema;
  const left = allOf.filter((each: object) => Object.keys(each).length > 0);
  return left.length > 0 ? { ...rest, allOf: left } : rest;
}

function isReadable(pattern: string): boolean {
  try {
    new RegExp(pattern, 'u');
    return true;
  } catch {
    return false;
  }
}

/** Checks values against a JSON Schema. */
export interface Validator {
  /** What is wrong first; nothing where the value fits. What follows is not looked at, however much there is. */
  errors(value: unknown): readonly ErrorObject[];
  /** The same of each property of an object, for those that are wrong. */
  errorsByProperty(value: object): readonly (readonly ErrorObject[])[];
}

/**
 * Makes the validator of a JSON Schema (draft 2020-12). It takes milliseconds.
 *
 * @param what Names the schema in messages: `the input of find_orders`.
 * @param useDefaults Whether it puts the schema's defaults into the value for what it lacks.
 * @throws MovieHubError `invalid_argument` when it is not valid JSON Schema, as one whose pattern is no regular expression.
 */
export function validatorOf(schema: object, what: string, useDefaults = false): Validator {
  const options = {
    // Lengths come before patterns then, and a pattern never sees a text that is too long.
    allErrors: false,
    strict: false,
    validateFormats: false,
    ownProperties: true,
    useDefaults,
  };
  try {
    // A validator of its own for each: a shared one would keep every schema that it has ever seen.
    const ajv = new Ajv2020({ ...options, logger: false }).addSchema(schema, 'tool');
    const validate = ajv.compile({ $ref: 'tool' });
    return {
      errors: (value) => (validate(value) ? [] : (validate.errors ?? [])),
      errorsByProperty: (value) =>
        Object.entries(value).flatMap(([name, property]) => {
          const pointer = encodeURIComponent(name.replaceAll('~', '~0').replaceAll('/', '~1'));
          const part = ajv.getSchema(`tool#/properties/${pointer}`);
          if (part === undefined || part(property)) return [];
          const errors = part.errors ?? [];
          return [errors.map((error) => ({ ...error, instancePath: `/${name}${error.instancePath}` }))];
        }),
    };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new MovieHubError('invalid_argument', `The JSON Schema of ${what} is not valid: ${reason}.`, {
      cause,
    });
  }
}

/** What is wrong, for the log: where, and why. */
export function reasonsOf(errors: readonly ErrorObject[]): readonly string[] {
  return errors.slice(0, 10).map((error) => `${error.instancePath} ${error.message}`);
}
