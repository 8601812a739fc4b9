import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import { isMovieHubError, MovieHubError } from '../errors';
import type { ObjectSchema, Tool, ToolCallContext, ToolOutcome } from './tool';

/** A failure as the log should have it; the model is told only the outcome's text. */
export type ToolErrorListener = (failure: { readonly tool: string; readonly error: unknown }) => void;

/** What defines a tool. `Input` must be what `inputSchema` describes. */
export interface ToolDefinition<Input> {
  name: string;
  title: string;
  description: string;
  inputSchema: ObjectSchema;
  outputSchema: ObjectSchema;
  /** True when the answer depends on more than the arguments and the database, such as the clock. */
  isOpenWorld?: boolean;
  /** Does the work and returns what `outputSchema` describes. */
  run(input: Input, context: ToolCallContext): Promise<object>;
}

/** Servers are made for every request, and compiling a schema takes milliseconds: it is done once for each schema. */
const validators = new WeakMap<ObjectSchema, ValidateFunction<unknown>>();

/**
 * Defines a read-only tool: checks its form now, and its arguments at every call.
 *
 * Unknown arguments are refused by name. A failure becomes an outcome with a code and a fixed sentence; what caused it
 * goes to `onError` only.
 *
 * @throws MovieHubError `invalid_argument` when the name, the description or a property's description is missing or of
 *   the wrong form.
 */
export function defineTool<Input>(
  definition: ToolDefinition<Input>,
  onError: ToolErrorListener = () => undefined,
): Tool {
  checkForm(definition);
  const validate = validatorOf<Input>(definition.inputSchema);
  return Object.freeze({
    name: definition.name,
    title: definition.title,
    description: definition.description,
    inputSchema: definition.inputSchema,
    outputSchema: definition.outputSchema,
    annotations: {
      readOnlyHint: true,
      destructiveHint: false,
      idempotentHint: true,
      openWorldHint: definition.isOpenWorld ?? false,
    },
    call: async (input: unknown, context: ToolCallContext): Promise<ToolOutcome> => {
      const given = input ?? {};
      try {
        if (!validate(given)) throw new MovieHubError('invalid_argument', explain(validate.errors ?? []));
        return { text: JSON.stringify(await definition.run(given, context)) };
      } catch (error) {
        tell(onError, { tool: definition.name, error });
        return failure(error);
      }
    },
  });
}

function validatorOf<Input>(schema: ObjectSchema): ValidateFunction<Input> {
  // A validator of its own for each: a shared one would keep every schema that it has ever seen.
  const validate = validators.get(schema) ?? new Ajv({ allErrors: true, strict: false }).compile(schema);
  validators.set(schema, validate);
  return validate as ValidateFunction<Input>;
}

/** Whatever the listener does, the call goes on and its answer is the same. */
function tell(onError: ToolErrorListener, failure: Parameters<ToolErrorListener>[0]): void {
  try {
    void Promise.resolve(onError(failure)).catch(() => undefined);
  } catch {
    // Nobody is left to tell.
  }
}

function failure(error: unknown): ToolOutcome {
  if (isMovieHubError(error)) return { text: `${error.message} (${error.code})`, errorCode: error.code };
  return { text: 'The tool failed. This is not because of the arguments. (internal)', errorCode: 'internal' };
}

/** Says which argument is wrong and why, without repeating its value. */
function explain(errors: readonly ErrorObject[]): string {
  const reasons = errors.map((error) => {
    const params: Record<string, unknown> = error.params;
    if (error.keyword === 'additionalProperties')
      return `There is no argument ${nameOnly(params.additionalProperty)}.`;
    if (error.keyword === 'required') return `The argument ${String(params.missingProperty)} is missing.`;
    const path = error.instancePath.slice(1).replaceAll('/', '.');
    return path === ''
      ? 'The arguments must be an object.'
      : `The argument ${path} ${error.message ?? 'is not valid'}.`;
  });
  return [...new Set(reasons)].join(' ');
}

/** An unknown argument's name is the caller's own text: shown only when it is a plain word. */
function nameOnly(name: unknown): string {
  return /^[\w.-]{1,40}$/.test(String(name)) ? `"${String(name)}"` : 'of that name';
}

function checkForm(definition: ToolDefinition<never>): void {
  if (!/^[a-z][a-z0-9_]{0,39}$/.test(definition.name)) {
    throw new MovieHubError(
      'invalid_argument',
      `The tool name ${definition.name} must match ^[a-z][a-z0-9_]{0,39}$.`,
    );
  }
  if (definition.description.trim() === '') {
    throw new MovieHubError('invalid_argument', `The tool ${definition.name} needs a description.`);
  }
  for (const [property, schema] of Object.entries(definition.inputSchema.properties)) {
    if (!(schema as { description?: string }).description) {
      throw new MovieHubError(
        'invalid_argument',
        `The argument ${property} of ${definition.name} needs a description.`,
      );
    }
  }
}
