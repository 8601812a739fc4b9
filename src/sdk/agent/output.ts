import { MovieHubError } from '../errors';
import { describeSchema, isStandard, type ToolSchema } from '../schema';
import type { JsonObject, Message, ModelTool } from './model';
import { argumentProblem } from './servers/check-arguments';
import { modelSchemaOf } from './servers/schemas';
import { toJsonObject } from './wire';

/** What a run was asked to return, beside text. */
export interface OutputForm {
  /** The tool with which the model gives its answer: every family that takes tools takes its form by them. */
  readonly tool: ModelTool;
  /** Reads an answer: the value, or what is wrong with it as a sentence for the model. */
  read(input: JsonObject): Promise<{ value: unknown } | { problem: string }>;
  /** Reads the answer at the end of a transcript again; undefined where there is none that fits. */
  find(messages: readonly Message[]): Promise<{ output: unknown } | undefined>;
}

/** Appended to the system prompt of a run with an output. */
export const outputText = (name: string) =>
  `When you know the answer, give it by calling the tool ${name}: nothing else that you write is passed on.`;

/** Asks a model for the answer in its form, once. */
export const correctionText = (name: string) => `Give your answer by calling the tool ${name}.`;

/**
 * Makes the form of a run's answer from a schema.
 *
 * @throws MovieHubError `invalid_argument` for a schema whose root is no object or that has no JSON Schema.
 */
export function outputForm(schema: ToolSchema): OutputForm {
  const described = describeSchema(schema, 'input', 'the output of the run') as unknown as JsonObject;
  const { schema: inputSchema, rules } = modelSchemaOf(described);
  const description = ['Gives the final answer.', rules && `Its form: ${rules}`].filter(Boolean).join(' ');
  const tool = { name: 'final_answer', description, inputSchema };
  const read: OutputForm['read'] = async (input) => {
    const problem = argumentProblem(described, input);
    if (problem !== undefined) return { problem };
    if (!isStandard(schema)) return { value: input };
    const result = await schema['~standard'].validate(input);
    if (!result.issues) return { value: result.value };
    const issues = result.issues.slice(0, 10).map(({ message, path = [] }) => {
      const at = path.map((step) => String(typeof step === 'object' ? step.key : step)).join('.');
      return at === '' ? message : `${at}: ${message}`;
    });
    return { problem: `Not accepted: ${issues.join('; ')}. Call the tool again with an answer that fits.` };
  };
  return {
    tool,
    read,
    async find(messages) {
      const last = messages.findLast(({ role }) => role === 'assistant');
      const [given] = (last?.content ?? []).flatMap((block) =>
        'toolUse' in block && block.toolUse.name === tool.name ? [block.toolUse] : [],
      );
      const answer = given && (await read(toJsonObject(given.input) ?? {}));
      return answer && 'value' in answer ? { output: answer.value } : undefined;
    },
  };
}

/** The model gave no answer of the form, not even when it was asked again. */
export function noOutput(problem: string): MovieHubError {
  const cause = new Error(problem);
  return new MovieHubError('model_failed', 'The model gave no answer of the form that was asked for.', {
    cause,
  });
}
