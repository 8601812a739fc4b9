/** A JSON Schema whose root is an object: what MCP asks of a tool's input and output. */
export interface ObjectSchema {
  readonly type: 'object';
  readonly properties: Readonly<Record<string, object>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | object;
}

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

/** Tells whether a schema is of a library such as zod, and not JSON Schema. */
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
