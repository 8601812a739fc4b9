import { ignoreOverride, type Options, zodToJsonSchema } from 'zod-to-json-schema';
import type { SchemaSide } from './describe-schema';
import { dropFlagged } from './sayable';
import type { ToolSchema } from './schema';

/** What a schema of zod 3 holds that its JSON Schema depends on. */
interface Definition {
  readonly typeName?: string;
  readonly effect?: { readonly type: string };
  readonly checks?: readonly { readonly regex?: unknown }[];
  readonly unknownKeys?: string;
  readonly catchall?: { readonly _def: Definition };
}

/** Kinds whose values are no JSON. */
const withoutJson = new Set(
  ['BigInt', 'Date', 'Function', 'Map', 'NaN', 'Set', 'Symbol', 'Undefined', 'Void'].map(
    (kind) => `Zod${kind}`,
  ),
);

/**
 * Returns the JSON Schema (draft 2020-12) of a schema of zod 3, in the words that zod 4 has for the same description.
 *
 * @throws Error for what has none: dates, bigints and the like, and transforms on the output's side.
 */
export function describeZod3(schema: ToolSchema, side: SchemaSide): Record<string, unknown> {
  const options: Partial<Options<'jsonSchema7'>> = {
    $refStrategy: 'none',
    // Its 2019-09 has the exclusive limits of draft 4.
    target: 'jsonSchema7',
    pipeStrategy: side,
    effectStrategy: 'input',
    override: (def) => {
      const { typeName = '', effect } = def as Definition;
      if (withoutJson.has(typeName)) throw new Error(`${typeName} has no JSON Schema.`);
      if (side === 'output' && effect?.type === 'transform')
        throw new Error('Transforms have no JSON Schema.');
      return ignoreOverride;
    },
    postProcess: (json, def) => adapt(json as Record<string, unknown> | undefined, def as Definition, side),
  };
  const convert = zodToJsonSchema as (schema: unknown, options: object) => Record<string, unknown>;
  return convert(schema, options);
}

function adapt(
  json: Record<string, unknown> | undefined,
  { typeName, checks = [], unknownKeys, catchall }: Definition,
  side: SchemaSide,
): Record<string, unknown> | undefined {
  if (json === undefined) return undefined;
  if (typeName === 'ZodString') {
    dropFlagged(
      json,
      checks.map(({ regex }) => regex),
    );
  }
  if (typeName === 'ZodTuple') {
    const { items, additionalItems = false, ...rest } = json;
    return { ...rest, prefixItems: items, items: additionalItems };
  }
  // It takes more than it names, and drops it.
  const isStripped = unknownKeys === 'strip' && catchall?._def.typeName === 'ZodNever';
  if (typeName !== 'ZodObject' || side === 'output' || !isStripped) return json;
  const { additionalProperties: _, ...open } = json;
  return open;
}
