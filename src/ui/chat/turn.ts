import type { JsonObject, TokenUsage } from 'movie-hub';

/** A question with its answer, as shown on the page and stored in the database. */
export interface Turn {
  /** Unique on the page; part of element ids. */
  readonly id: string;
  readonly question: string;
  readonly steps: readonly Step[];
  /** Markdown; may be incomplete. */
  readonly answer: string;
  /** Why it ended: the stop reason of a run, `running` until then, `cut_off` when its process ended, or one of the hub's own. */
  readonly stopReason: string;
  readonly usage: TurnUsage;
}

/** Usage of a turn; unknown values are absent. */
export interface TurnUsage {
  /** The model that answered. */
  readonly model?: string;
  /** Number of model calls. */
  readonly turns?: number;
  /** Including cached tokens, read and written. */
  readonly inputTokens?: number;
  readonly outputTokens?: number;
  /** True when some counts are estimates. */
  readonly estimated?: boolean;
  /** In the currency of the hub's prices. */
  readonly cost?: number;
  readonly milliseconds?: number;
}

/** A tool call. */
export interface Step {
  readonly name: string;
  readonly arguments: JsonObject;
  /** Absent while the tool runs, and when the turn was stopped before the result. */
  readonly outcome?: StepOutcome;
}

/** The result of a tool call. */
export interface StepOutcome {
  readonly isError: boolean;
  readonly milliseconds: number;
  /** The result as text; absent with `structuredContent`. */
  readonly content?: string;
  readonly structuredContent?: JsonObject;
}

/** A tool call, for the table of all calls. */
export interface CallRecord {
  readonly toolUseId: string;
  readonly server: string;
  readonly tool: string;
  readonly arguments: JsonObject;
  readonly row_count: number | null;
  readonly milliseconds: number;
  readonly is_error: boolean;
}

/** Usage of a model stand-in. */
export const zeroUsage: TokenUsage = { inputTokens: 0, outputTokens: 0 };

/** Adds the usage of a model call to that of a turn. */
export function addUsage(
  before: TurnUsage,
  { inputTokens, outputTokens, estimated, ...cache }: TokenUsage,
  cost?: number,
): TurnUsage {
  const { cacheReadInputTokens = 0, cacheWriteInputTokens = 0 } = cache;
  return {
    ...before,
    turns: (before.turns ?? 0) + 1,
    inputTokens: (before.inputTokens ?? 0) + inputTokens + cacheReadInputTokens + cacheWriteInputTokens,
    outputTokens: (before.outputTokens ?? 0) + outputTokens,
    ...(estimated && { estimated }),
    ...(cost !== undefined && { cost: Number(((before.cost ?? 0) + cost).toPrecision(6)) }),
  };
}
