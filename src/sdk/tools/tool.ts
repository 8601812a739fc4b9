import { isMovieHubError, MovieHubError, type MovieHubErrorCode } from '../errors';
import { isPlainJson } from '../json';
import type { InferSchema, ObjectSchema, ToolSchema } from '../schema';
import { inputReader } from './arguments';

/** What a tool answers. */
export interface ToolOutcome {
  /** The answer as compact JSON or as text; with an error code, a sentence. */
  readonly text: string;
  /** What `text` says, as `outputSchema` describes it; none for a resource, or with an error code. */
  readonly answer?: object;
  /** Set when the call failed. */
  readonly errorCode?: MovieHubErrorCode;
  /** What made it fail, for the log only. */
  readonly error?: unknown;
  /** Rows in the answer; 0 for tools that read none. */
  readonly rows: number;
  /** Who asked, from their entitlements; undefined when that is not known. */
  readonly principal?: unknown;
}

/** What a tool is given beside its arguments. */
export interface ToolCallContext {
  /** Aborts when the caller is gone or has cancelled. */
  readonly signal: AbortSignal;
}

/** A tool as the list of tools shows it. */
export interface ToolHead {
  /** `^[a-z][a-z0-9_]{0,39}$`. */
  readonly name: string;
  readonly title: string;
  /** Three to five sentences for the model: what, when, when not, what comes back. Never text from the database. */
  readonly description: string;
  readonly inputSchema: ObjectSchema;
  readonly outputSchema: ObjectSchema;
  /** MCP's annotations: hints for clients. */
  readonly annotations: {
    readonly readOnlyHint: boolean;
    readonly destructiveHint: boolean;
    readonly idempotentHint: boolean;
    readonly openWorldHint: boolean;
  };
}

/** A tool, independent of any version of an MCP SDK. */
export interface Tool extends ToolHead {
  /** Runs the tool. Never rejects: a failure is an outcome with an error code. */
  call(input: unknown, context: ToolCallContext): Promise<ToolOutcome>;
}

/** A text that a server offers beside its tools. */
export interface ServerResource {
  readonly uri: string;
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly mimeType: string;
  /** Reads it. Never rejects: a failure is an outcome with an error code. */
  read(context: ToolCallContext): Promise<ToolOutcome>;
}

/** A prompt that a user may put before a question. */
export interface ServerPrompt {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly arguments: readonly {
    readonly name: string;
    readonly description: string;
    readonly required: boolean;
  }[];
  render(values: Readonly<Record<string, string>>): string;
}

/** How a tool's author names and describes it. */
export interface ToolText {
  /** `^[a-z][a-z0-9_]{0,39}$`: the form that every model's service takes. */
  readonly name: string;
  /** For people. */
  readonly title: string;
  /** For the model: what it does, when to use it, when not, what comes back. Never text from the database. */
  readonly description: string;
}

/**
 * Makes the head of a read-only tool.
 *
 * @throws MovieHubError `invalid_argument` when the name, the title, the description or an argument's description is missing
 *   or of the wrong form.
 */
export function toolHead(
  { name, title, description }: ToolText,
  inputSchema: ObjectSchema,
  outputSchema: ObjectSchema,
  isOpenWorld = false,
): ToolHead {
  if (typeof name !== 'string' || !/^[a-z][a-z0-9_]{0,39}$/.test(name))
    throw new MovieHubError('invalid_argument', `The tool name ${name} must match ^[a-z][a-z0-9_]{0,39}$.`);
  for (const [what, text] of Object.entries({ title, description })) {
    if (isMissing(text)) throw new MovieHubError('invalid_argument', `The tool ${name} needs a ${what}.`);
  }
  for (const [property, schema] of Object.entries(inputSchema.properties)) {
    if (isMissing((schema as { description?: unknown }).description))
      throw new MovieHubError('invalid_argument', `The argument ${property} of ${name} needs a description.`);
  }
  return {
    name,
    title,
    description,
    inputSchema,
    outputSchema,
    annotations: {
      readOnlyHint: true,
      destructiveHint: false,
      idempotentHint: true,
      openWorldHint: isOpenWorld,
    },
  };
}

function isMissing(text: unknown): boolean {
  return typeof text !== 'string' || text.trim() === '';
}

/** What defines a tool that reads no database. */
export interface ToolDefinition<Input extends ToolSchema> extends ToolText {
  readonly input: Input;
  readonly output: ObjectSchema;
  /** True when the answer depends on more than the arguments, such as the clock. */
  readonly isOpenWorld?: boolean;
  /** Does the work and returns what `output` describes. */
  run(input: InferSchema<Input>, context: ToolCallContext): object | Promise<object>;
}

/**
 * Defines a read-only tool: checks its form now, and its arguments at every call.
 *
 * Unknown arguments are refused by name. A failure becomes an outcome with a code and a fixed sentence.
 *
 * @throws MovieHubError `invalid_argument` when the tool is not of the right form.
 */
export function defineTool<const Input extends ToolSchema>(definition: ToolDefinition<Input>): Tool {
  const input = inputReader(definition.input, `the input of ${definition.name}`);
  return Object.freeze({
    ...toolHead(definition, input.schema, definition.output, definition.isOpenWorld),
    call: async (given: unknown, context: ToolCallContext) => {
      try {
        const answer = await definition.run((await input.read(given)) as InferSchema<Input>, context);
        return { ...toolAnswer(answer), rows: 0 };
      } catch (error) {
        return toolFailure(error);
      }
    },
  });
}

/**
 * Makes the text of an answer, the only time that it is made.
 *
 * @returns The answer as whoever parses the text has it: itself, unless it holds what JSON changes, such as a date.
 */
export function toolAnswer(answer: object): { text: string; answer: object } {
  const text = JSON.stringify(answer);
  return { text, answer: isPlainJson(answer) ? answer : JSON.parse(text) };
}

/** Makes the outcome of a call that failed: a fixed sentence with its code for the model, the cause for the log. */
export function toolFailure(error: unknown): ToolOutcome {
  if (isMovieHubError(error))
    return { text: `${error.message} (${error.code})`, errorCode: error.code, error, rows: 0 };
  const text = 'The tool failed. This is not because of the arguments. (internal)';
  return { text, errorCode: 'internal', error, rows: 0 };
}

/** A call of a tool, after it was answered: for audit, metrics, tracing and the log. */
export interface ToolCall {
  /** Who asked, from their entitlements; undefined when they name nobody, or are not known. */
  readonly principal: unknown;
  /** Name of the tool, or URI of the resource that was read. */
  readonly tool: string;
  /** `ok`, or the code of the failure. */
  readonly outcome: 'ok' | MovieHubErrorCode;
  /** Rows that the query gave, within the limits. */
  readonly rows: number;
  /** Bytes of the answer's text in UTF-8. */
  readonly bytes: number;
  /** How long the call took, without the way to the client. */
  readonly milliseconds: number;
  /** What made it fail. It may hold SQL and values: for the log only. */
  readonly error?: unknown;
}

/** Receives a report of each tool call. */
export type ToolCallListener = (call: ToolCall) => unknown;

/** Reports a call to a listener once the answer is on its way: the listener can neither slow nor break the call. */
export function reportToolCall(
  listener: ToolCallListener | undefined,
  tool: string,
  outcome: ToolOutcome,
  milliseconds: number,
): void {
  if (listener === undefined) return;
  const { principal, rows, text, errorCode, error } = outcome;
  const call: ToolCall = {
    principal,
    tool,
    outcome: errorCode ?? 'ok',
    rows,
    bytes: Buffer.byteLength(text),
    milliseconds,
    ...(errorCode !== undefined && { error }),
  };
  setImmediate(() => {
    try {
      void Promise.resolve(listener(call)).catch(() => undefined);
    } catch {
      // The call was answered; a failing listener changes nothing.
    }
  });
}
