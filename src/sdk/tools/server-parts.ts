import type { ToolCallContext, ToolOutcome } from './tool';

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

/** Words that a user may have put before a question. */
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
