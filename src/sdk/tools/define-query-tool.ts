import { defineQuery, type ParameterValue, type Query } from '../database/query';
import { MovieHubError } from '../errors';
import { milliseconds, positiveInteger } from '../options';
import {
  describeSchema,
  type InferSchema,
  type ObjectSchema,
  reasonsOf,
  type ToolSchema,
  validatorOf,
} from '../schema';
import { type InputReader, inputReader } from './arguments';
import { listAnswer, listSchema, type RowReader, rowReader } from './rows';
import { type ToolHead, type ToolText, toolHead } from './tool';

/** What an answer is made of, beside the rows. */
export interface Page<Input> {
  /** The arguments, as they were parsed. */
  readonly input: Input;
  /** True when a limit cut the rows off: there are more. */
  readonly truncated: boolean;
}

/** What defines a tool that answers with the rows of a query. */
export interface QueryToolDefinition<
  Input extends ToolSchema,
  Row extends ToolSchema,
  Principal,
  Output extends ToolSchema,
> extends ToolText {
  /** One statement with parameters written `:name`, or the URL of a file that holds it. */
  readonly sql: string | URL;
  /** The arguments: zod's object, or JSON Schema. Each is a parameter of the query; one that is left out is NULL. */
  readonly input: Input;
  /** One row: zod's object, or JSON Schema. Columns that it does not describe are left out. */
  readonly row: Row;
  /**
   * Parameters that the model does not see: each is computed from who is asking (`defineEntitlements` holds it), or is a constant.
   * The functions are not awaited: async work belongs into the entitlements function.
   */
  readonly bind?: Readonly<Record<string, (principal: Principal) => ParameterValue>>;
  /** What `answer` returns; a list of rows with a message unless given. */
  readonly output?: Output;
  /** Makes the answer of the rows; needs `output`. */
  readonly answer?: (
    rows: readonly InferSchema<Row>[],
    page: Page<InferSchema<Input>>,
  ) => InferSchema<Output>;
  /** What an empty list is to say; that nothing matches among what the user may see, unless given. */
  readonly whenEmpty?: string;
  /** How to ask for what a limit cut off, such as "Ask again with after_id of the last order."; to ask for less, unless given. */
  readonly whenTruncated?: string;
  /** Most rows; the server's unless given. */
  readonly maxRows?: number;
  /** Most bytes of rows as JSON; the server's unless given. */
  readonly maxBytes?: number;
  /** Longest time for the query, in ms; the server's unless given. */
  readonly statementTimeoutMs?: number;
}

/** A tool that answers with the rows of a query; `createQueryMcpServer` serves it. */
export interface QueryTool<Principal = unknown> extends ToolHead {
  readonly query: Query;
  /** The columns that the row's schema describes. */
  readonly columns: RowReader['columns'];
  readonly limits: {
    readonly maxRows: number | undefined;
    readonly maxBytes: number | undefined;
    readonly statementTimeoutMs: number | undefined;
  };
  readInput(input: unknown): Promise<Record<string, unknown>>;
  /**
   * The query's parameters: the arguments, and what the model does not see. A property, because the compiler would accept
   * another type of principal for a method's parameter.
   */
  readonly parameters: (
    input: Record<string, unknown>,
    principal: Principal,
  ) => Record<string, ParameterValue>;
  answer(rows: readonly object[], page: Page<Record<string, unknown>>): Promise<object>;
}

/**
 * Defines a tool that answers with the rows of a canned query.
 *
 * Arguments and rows are described once; their types follow. The query runs under the entitlements of whoever the server is for,
 * and nothing that a model sends can change them.
 *
 * @throws MovieHubError `invalid_argument`, now and not at a call: when a parameter of the SQL is neither an argument nor
 *   bound, an argument or a bound name is not used by the SQL, a name is both, the SQL is more than one statement or its file
 *   cannot be read, a schema has
 *   no JSON Schema or no valid one, an argument has no description, or a limit is not a whole number above 0.
 */
export function defineQueryTool<
  const Input extends ToolSchema,
  const Row extends ToolSchema,
  Principal = unknown,
  const Output extends ToolSchema = ObjectSchema,
>(definition: QueryToolDefinition<Input, Row, Principal, Output>): QueryTool<Principal> {
  const { name, bind = {} } = definition;
  const input = inputReader(definition.input, `the input of ${name}`);
  const row = rowReader(definition.row, `a row of ${name}`);
  const query = queryOf(definition, input, bind);
  const limit = (option: 'maxRows' | 'maxBytes' | 'statementTimeoutMs') => {
    const value = definition[option];
    if (value === undefined) return undefined;
    return option === 'statementTimeoutMs' ? milliseconds(option, value) : positiveInteger(option, value);
  };
  const answers = answersOf(definition, row);
  return Object.freeze({
    ...toolHead(definition, input.schema, answers.schema),
    query,
    columns: row.columns,
    limits: {
      maxRows: limit('maxRows'),
      maxBytes: limit('maxBytes'),
      statementTimeoutMs: limit('statementTimeoutMs'),
    },
    readInput: input.read,
    parameters: (given: Record<string, unknown>, principal: Principal) => {
      const parameters: Record<string, ParameterValue> = {};
      for (const argument of Object.keys(input.schema.properties)) {
        const value = Object.hasOwn(given, argument) ? given[argument] : null;
        parameters[argument] = (value ?? null) as ParameterValue;
      }
      for (const [parameter, make] of Object.entries(bind))
        parameters[parameter] = bound(make(principal), parameter, name);
      return parameters;
    },
    answer: answers.make,
  });
}

/** Validates a bound value: what is wrong with it is not the caller's fault. */
function bound(value: unknown, parameter: string, tool: string): ParameterValue {
  const isPromise =
    typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
  // Nobody waits for it: if it fails, that must not end the process.
  if (isPromise) void Promise.resolve(value).catch(() => undefined);
  if (!isPromise && value !== undefined) return value as ParameterValue;
  const what = isPromise ? 'a promise: bind must return the value itself' : 'undefined: use null for NULL';
  const cause = new Error(`What ${tool} binds to ${parameter} is ${what}.`);
  throw new MovieHubError('internal', 'The tool failed. This is not because of the arguments.', { cause });
}

function queryOf(
  definition: { readonly name: string; readonly sql: string | URL },
  input: InputReader,
  bind: Readonly<Record<string, unknown>>,
): Query {
  const { name, sql } = definition;
  const args = Object.keys(input.schema.properties);
  for (const [parameter, make] of Object.entries(bind)) {
    if (typeof make !== 'function')
      throw new MovieHubError('invalid_argument', `${parameter} of ${name} must be bound by a function.`);
    if (args.includes(parameter))
      throw new MovieHubError(
        'invalid_argument',
        `${parameter} of ${name} is bound, so it must not be an argument that a model may set.`,
      );
  }
  return defineQuery({ name, sql, parameters: [...args, ...Object.keys(bind)] });
}

/** How a tool makes its answer, and the schema of it. */
interface Answers {
  readonly schema: ObjectSchema;
  make(rows: readonly object[], page: Page<Record<string, unknown>>): Promise<object>;
}

function answersOf<Input extends ToolSchema, Row extends ToolSchema, Principal, Output extends ToolSchema>(
  definition: QueryToolDefinition<Input, Row, Principal, Output>,
  row: RowReader,
): Answers {
  const { name, output, answer } = definition;
  if ((output === undefined) !== (answer === undefined))
    throw new MovieHubError('invalid_argument', `${name} needs both output and answer, or neither.`);
  const read = (rows: readonly object[]) => Promise.all(rows.map((each) => row.read(each)));
  if (output === undefined || answer === undefined) {
    return {
      schema: listSchema(row.schema),
      make: async (rows, { truncated }) => listAnswer(await read(rows), truncated, definition),
    };
  }
  const what = `the output of ${name}`;
  const schema = describeSchema(output, 'output', what);
  const validator = validatorOf(schema, what);
  return {
    schema,
    make: async (rows, page) => {
      const made = answer(
        (await read(rows)) as InferSchema<Row>[],
        page as unknown as Page<InferSchema<Input>>,
      );
      // Clients check it too, and would take the blame.
      const errors = validator.errors(made);
      if (errors.length === 0) return made as object;
      throw new Error(`The answer of ${name} does not fit its output: ${reasonsOf(errors).join('; ')}`);
    },
  };
}
