import { MovieHubError } from '../errors';
import {
  describeSchema,
  isStandard,
  type ObjectSchema,
  reasonsOf,
  type ToolSchema,
  validatorOf,
} from '../schema';

/** Reads the rows of a query as their schema describes them. */
export interface RowReader {
  /** What `read` returns, for the tool's output. */
  readonly schema: ObjectSchema;
  /** The columns that the schema describes; without those of `isRequired` no row fits. */
  readonly columns: readonly { readonly name: string; readonly isRequired: boolean }[];
  /** @throws MovieHubError `internal` for a row that does not fit; the cause names the column and the reason. */
  read(row: object): Promise<Record<string, unknown>>;
}

/** What a row's schema says of one column. */
interface Column {
  readonly name: string;
  readonly isRequired: boolean;
  readonly types: ReadonlySet<string>;
}

/**
 * Makes the reader of rows.
 *
 * Columns that the schema does not describe are left out. NULL is left out too where the schema allows the column to be
 * missing but not to be null. int8 and numeric, which come as text, become numbers where the schema has a number and no
 * string: an integer only when a double holds it exactly, else the row does not fit. Whether it fits the library decides that
 * the schema is of, or the JSON Schema where there is none; of that the defaults apply.
 */
export function rowReader(schema: ToolSchema, what: string): RowReader {
  const taken = describeSchema(schema, 'input', what);
  const columns = columnsOf(taken);
  const validator = validatorOf(taken, what, true);
  return {
    schema: describeSchema(schema, 'output', what),
    columns,
    read: async (row) => {
      const picked = pick(row as Record<string, unknown>, columns);
      if (!isStandard(schema)) {
        const errors = validator.errors(picked);
        if (errors.length > 0) throw misfit(what, reasonsOf(errors));
        return picked;
      }
      const result = await schema['~standard'].validate(picked);
      if (result.issues) {
        const issues = result.issues.slice(0, 10);
        throw misfit(
          what,
          issues.map((issue) => `${String(issue.path?.join('.'))}: ${issue.message}`),
        );
      }
      return result.value as Record<string, unknown>;
    },
  };
}

function columnsOf(schema: ObjectSchema): readonly Column[] {
  return Object.entries(schema.properties).map(([name, property]) => ({
    name,
    isRequired: schema.required?.includes(name) ?? false,
    types: typesOf(property),
  }));
}

function pick(row: Record<string, unknown>, columns: readonly Column[]): Record<string, unknown> {
  const picked: Record<string, unknown> = {};
  for (const { name, isRequired, types } of columns) {
    const value = Object.hasOwn(row, name) ? row[name] : undefined;
    if (value === undefined) continue;
    if (value === null && !isRequired && !types.has('null')) continue;
    picked[name] = typeof value === 'string' && !types.has('string') ? asNumber(value, types) : value;
  }
  return picked;
}

function asNumber(text: string, types: ReadonlySet<string>): string | number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) return text;
  if (/^-?\d+$/.test(text)) {
    const isExact = BigInt(value) === BigInt(text);
    return isExact && (types.has('integer') || types.has('number')) ? value : text;
  }
  return types.has('number') ? value : text;
}

/** The types that a schema allows by its keywords; all of them where it has none. */
function typesOf(schema: object): ReadonlySet<string> {
  const { type, anyOf, oneOf, enum: values, const: one } = schema as Record<string, unknown>;
  if (typeof type === 'string') return new Set([type]);
  if (Array.isArray(type)) return new Set(type as string[]);
  const several = anyOf ?? oneOf;
  if (Array.isArray(several)) return new Set(several.flatMap((each: object) => [...typesOf(each)]));
  const known = Array.isArray(values) ? values : one === undefined ? undefined : [one];
  if (known) return new Set(known.map((value) => (value === null ? 'null' : typeof value)));
  return new Set(['string', 'number', 'integer', 'boolean', 'object', 'array', 'null']);
}

function misfit(what: string, reasons: readonly string[]): MovieHubError {
  const cause = new Error(`A row does not fit ${what}: ${reasons.join('; ')}`);
  return new MovieHubError('internal', 'The tool failed. This is not because of the arguments.', { cause });
}

/** What a list says when it is empty or cut off. */
export interface ListWords {
  readonly whenEmpty?: string;
  readonly whenTruncated?: string;
}

/** The same words for what does not exist and for what the user may not see. */
const nothing = 'Nothing matches among what you may see.';
const askForLess = 'Ask for something narrower to see the others.';

/** Returns the schema of a list of rows. What the row's schema looks up in itself is found in the list's. */
export function listSchema(row: ObjectSchema): ObjectSchema {
  const items: object = JSON.parse(
    JSON.stringify(row, (key, value) =>
      key === '$ref' && typeof value === 'string'
        ? value.replace(/^#/, '#/properties/rows/items')
        : (value as unknown),
    ),
  );
  return {
    type: 'object',
    properties: {
      rows: { type: 'array', description: 'The rows that match, in order.', items },
      truncated: { type: 'boolean', description: 'True when there are more rows than are listed.' },
      message: { type: 'string', description: 'What to know about the answer.' },
    },
    required: ['rows', 'message'],
    additionalProperties: false,
  };
}

/** Makes the answer that `listSchema` describes. */
export function listAnswer(rows: readonly object[], truncated: boolean, words: ListWords): object {
  if (rows.length === 0) return { rows, message: words.whenEmpty ?? nothing };
  const count = rows.length === 1 ? '1 row' : `${rows.length} rows`;
  if (!truncated) return { rows, message: `${count}.` };
  return { rows, truncated, message: `Only the first ${count}. ${words.whenTruncated ?? askForLess}` };
}
