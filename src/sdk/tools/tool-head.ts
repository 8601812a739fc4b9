import { MovieHubError } from '../errors';
import type { ObjectSchema } from './schema';
import type { ToolHead } from './tool';

/** What the author of a tool says of it. */
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
