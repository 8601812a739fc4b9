import { inputReader } from './input-reader';
import type { InferSchema, ObjectSchema, ToolSchema } from './schema';
import type { Tool, ToolCallContext } from './tool';
import { toolFailure } from './tool-failure';
import { type ToolText, toolHead } from './tool-head';

/** What defines a tool that reads no database. */
export interface ToolDefinition<Input extends ToolSchema> extends ToolText {
  readonly input: Input;
  readonly output: ObjectSchema;
  /** True when the answer depends on more than the arguments, such as the clock. */
  readonly isOpenWorld?: boolean;
  /** Does the work and returns what `output` describes. */
  run(input: InferSchema<Input>, context: ToolCallContext): object;
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
        const answer = definition.run((await input.read(given)) as InferSchema<Input>, context);
        return { text: JSON.stringify(answer), rows: 0 };
      } catch (error) {
        return toolFailure(error);
      }
    },
  });
}
