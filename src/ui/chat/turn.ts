import type { JsonObject } from 'movie-hub';

/** A question with all that came of it, as the page shows it and the database keeps it. */
export interface Turn {
  /** Unique among the turns of a page: part of element ids. */
  readonly id: string;
  readonly question: string;
  readonly steps: readonly Step[];
  /** Markdown; as much of it as came. */
  readonly answer: string;
  readonly stopReason: string;
}

/** A tool call. */
export interface Step {
  readonly name: string;
  readonly arguments: JsonObject;
  /** Absent while the tool runs, and for good when the turn was stopped before it answered. */
  readonly outcome?: StepOutcome;
}

/** What a tool answered. */
export interface StepOutcome {
  readonly isError: boolean;
  readonly milliseconds: number;
  /** The answer as text; left out when `structuredContent` says it all. */
  readonly content?: string;
  readonly structuredContent?: JsonObject;
}
