import { MovieHubError } from '../errors';
import { positiveInteger } from '../options';
import type { TokenUsage } from './model';

/**
 * What a run may use. Reaching a limit ends the run with the limit's name as its stop reason, and with a transcript that can
 * go on; it never throws. Times are in ms.
 */
export interface RunLimits {
  /** Answers of the model, also those that came in part; 8 unless given. A retry is no turn of its own. */
  maxTurns?: number;
  /** How many tools may be called in all; 50 unless given. */
  maxToolCalls?: number;
  /**
   * Tokens read, cache reads and writes included, in all; 1,000,000 unless given. Counted after each answer, and estimated where
   * the model does not tell.
   */
  maxInputTokens?: number;
  /** Tokens written in all; 100,000 unless given. Counted like those read: `inference.maxTokens` bounds one answer. */
  maxOutputTokens?: number;
  /** Cost in all, in the currency of `prices`, which it needs; none unless given. Counted after each answer. */
  maxCost?: number;
  /** Time for the run, connecting to servers included; 600,000 unless given. */
  totalTimeoutMs?: number;
  /** Time for one answer with its retries and tools; 300,000 unless given. */
  stepTimeoutMs?: number;
  /** Time until an answer begins; 120,000 unless given. It bounds streams, no answers that come whole. */
  firstChunkTimeoutMs?: number;
  /** Time between two pieces of a streamed answer; 60,000 unless given. */
  chunkTimeoutMs?: number;
  /**
   * Time for each request to a tool server, and for connecting to one with listing its tools; 60,000 unless given. It ends the call,
   * not the run: the model is told.
   */
  toolTimeoutMs?: number;
  /** Tools that run at once; 8 unless given. More wait: they end no run. */
  maxParallelTools?: number;
  /**
   * Bytes of a tool's result that are passed on; 65,536 unless given. The rest is cut, and a note of about 100 bytes says so: it counts
   * in, and is there however small the number.
   */
  maxToolResultBytes?: number;
}

/** What a model costs, in any currency, per million tokens. */
export interface TokenPrices {
  input: number;
  output: number;
  /** That of input unless given. */
  cacheRead?: number;
  /** 1.25 times that of input unless given. */
  cacheWrite?: number;
}

/** The limits that end a run, by the stop reason that they give. */
export type LimitStopReason =
  | 'max_turns'
  | 'max_tool_calls'
  | 'max_input_tokens'
  | 'max_output_tokens'
  | 'max_cost'
  | 'total_timeout'
  | 'step_timeout'
  | 'first_chunk_timeout'
  | 'chunk_timeout';

/** Limits with every default filled in. */
export type CheckedLimits = Readonly<Required<Omit<RunLimits, 'maxCost'>>> & {
  readonly maxCost: number | undefined;
};

const defaults = {
  maxTurns: 8,
  maxToolCalls: 50,
  maxInputTokens: 1_000_000,
  maxOutputTokens: 100_000,
  totalTimeoutMs: 600_000,
  stepTimeoutMs: 300_000,
  firstChunkTimeoutMs: 120_000,
  chunkTimeoutMs: 60_000,
  toolTimeoutMs: 60_000,
  maxParallelTools: 8,
  maxToolResultBytes: 65_536,
} satisfies Omit<Required<RunLimits>, 'maxCost'>;

/** Longest delay that a timer of Node can have: with a longer one it fires at once. */
export const longestTimerMs = 2_147_483_647;

/**
 * Fills in the defaults.
 *
 * @throws MovieHubError `invalid_argument` for a limit that is no whole number above 0, a cost that is no number above 0, and
 *   a cost without prices.
 */
export function checkLimits(limits: RunLimits, prices: TokenPrices | undefined): CheckedLimits {
  const checked: Record<string, number> = {};
  for (const [name, value] of Object.entries(defaults)) {
    const given = positiveInteger(name, limits[name as keyof typeof defaults] ?? value);
    checked[name] = name.endsWith('Ms') ? Math.min(given, longestTimerMs) : given;
  }
  const { maxCost } = limits;
  if (maxCost !== undefined && !(Number.isFinite(maxCost) && maxCost > 0))
    throw new MovieHubError('invalid_argument', 'maxCost must be a number above 0.');
  if (maxCost !== undefined && !prices) throw new MovieHubError('invalid_argument', 'maxCost needs prices.');
  return { ...(checked as unknown as Required<Omit<RunLimits, 'maxCost'>>), maxCost };
}

/** Bedrock's models ask this much more for tokens that they write into their cache, where they ask more at all. */
const cacheWriteFactor = 1.25;

/**
 * Checks prices, and fills in those of the cache: never less than what it costs.
 *
 * @throws MovieHubError `invalid_argument` for one that is missing or no number of 0 or more: it would make a run cost nothing,
 *   unseen.
 */
export function checkPrices(prices: TokenPrices | undefined): TokenPrices | undefined {
  if (!prices) return undefined;
  const { input, output, cacheRead = input, cacheWrite = input * cacheWriteFactor } = prices;
  for (const [name, price] of Object.entries({ input, output, cacheRead, cacheWrite })) {
    if (!(Number.isFinite(price) && price >= 0))
      throw new MovieHubError('invalid_argument', `The price ${name} must be a number of 0 or more.`);
  }
  return { input, output, cacheRead, cacheWrite };
}

/** Returns what tokens cost. */
export function costOf(usage: TokenUsage, prices: TokenPrices): number {
  const { inputTokens, outputTokens, cacheReadInputTokens = 0, cacheWriteInputTokens = 0 } = usage;
  const { input, output, cacheRead = 0, cacheWrite = 0 } = prices;
  const millions =
    inputTokens * input +
    outputTokens * output +
    cacheReadInputTokens * cacheRead +
    cacheWriteInputTokens * cacheWrite;
  return millions / 1_000_000;
}

/** What was used so far. */
export interface Consumption {
  readonly turns: number;
  readonly toolCalls: number;
  readonly usage: TokenUsage;
  readonly cost?: number;
}

/** Returns the limit that forbids a further answer of the model, or undefined. */
export function limitReached(used: Consumption, limits: CheckedLimits): LimitStopReason | undefined {
  const { inputTokens, outputTokens, cacheReadInputTokens = 0, cacheWriteInputTokens = 0 } = used.usage;
  if (used.turns >= limits.maxTurns) return 'max_turns';
  if (inputTokens + cacheReadInputTokens + cacheWriteInputTokens >= limits.maxInputTokens)
    return 'max_input_tokens';
  if (outputTokens >= limits.maxOutputTokens) return 'max_output_tokens';
  if (limits.maxCost !== undefined && (used.cost ?? 0) >= limits.maxCost) return 'max_cost';
  return undefined;
}
