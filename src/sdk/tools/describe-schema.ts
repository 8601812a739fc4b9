import { toJSONSchema } from 'zod/v4/core';
import { MovieHubError } from '../errors';
import { describeZod3 } from './describe-zod-3';
import { inlineRefs } from './inline-refs';
import { dropFlagged, dropUnsayable } from './sayable';
import type { ObjectSchema, ToolSchema } from './schema';

/** Which side of a schema: what it takes, or what it makes of it. They differ where it has defaults or transforms. */
export type SchemaSide = 'input' | 'output';

/**
 * Returns the JSON Schema (draft 2020-12) of a schema of a tool.
 *
 * A schema that brings its own conversion (zod 4.2 or later does) is asked for it. Others of zod are read by this package's
 * copy, which may be another than the one that made them: descriptions, which some versions keep in a register of
 * their own, are asked of each schema itself.
 *
 * @param what Names the schema in messages: `the input of find_orders`.
 * @throws MovieHubError `invalid_argument` when its root is no object, or it has no JSON Schema (as dates, bigints and
 *   transforms have none).
 */
export function describeSchema(schema: ToolSchema, side: SchemaSide, what: string): ObjectSchema {
  let json: Record<string, unknown>;
  try {
    json = inlineRefs(convert(schema, side));
  } catch (cause) {
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
    return toJSONSchema(schema as unknown as Parameters<typeof toJSONSchema>[0], {
      io: side,
      override: ({ zodSchema, jsonSchema }) => {
        override({ zodSchema, jsonSchema });
        const { id: _, ...said } = (zodSchema as unknown as Registered).meta?.() ?? {};
        for (const [keyword, value] of Object.entries(said)) jsonSchema[keyword] ??= value;
      },
    }) as unknown as Record<string, unknown>;
  }
  if (_def?.typeName === undefined) throw new Error('The schema has no conversion to JSON Schema.');
  return describeZod3(schema, side);
}

/** What a schema tells of itself, whichever copy of zod keeps it. */
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
