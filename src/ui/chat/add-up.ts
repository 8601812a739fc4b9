import type { TokenUsage } from 'movie-hub';
import type { TurnUsage } from './turn';

/** What a stand-in for a model reads and writes. */
export const noTokens: TokenUsage = { inputTokens: 0, outputTokens: 0 };

/** Adds what a step took to what a turn took before. */
export function addUp(
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
