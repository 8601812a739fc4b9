import { createRequire } from 'node:module';
import { isMovieHubError, MovieHubError } from '../errors';
import { inlineRefs } from './inline-refs';
import { dropFlagged, dropUnsayable } from './sayable';
import type { ObjectSchema, ToolSchema } from './schema';

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
