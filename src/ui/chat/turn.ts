import type { JsonObject } from 'movie-hub';

/** A question with all that came of it, as the page shows it and the database keeps it. */
export interface Turn {
  /** Unique among the turns of a page: part of element ids. */
  readonly id: string;
  readonly question: string;
  readonly steps: readonly Step[];
  /** Markdown; as much of it as came. */
  readonly answer: string;
  /** Why it ended: a stop reason of a run, `running` until then, `cut_off` when its process went, or one of the hub's own. */
  readonly stopReason: string;
  readonly usage: TurnUsage;
}

/** What a turn took; what is not known is absent. */
export interface TurnUsage {
  /** The model that answered. */
  readonly model?: string;
  /** How often it was called. */
  readonly turns?: number;
  /** With those of the cache, read and written. */
  readonly inputTokens?: number;
  readonly outputTokens?: number;
  /** True when the tokens are not all as the model told them. */
  readonly estimated?: boolean;
  /** In the currency of the hub's prices. */
  readonly cost?: number;
  readonly milliseconds?: number;
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

/** A call of a tool for the list of all calls. */
export interface CallRecord {
  readonly toolUseId: string;
  readonly server: string;
  readonly tool: string;
  readonly arguments: JsonObject;
  readonly row_count: number | null;
  readonly milliseconds: number;
  readonly is_error: boolean;
}
