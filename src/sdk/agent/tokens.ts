import type { ModelEvent, ModelRequest, TokenUsage } from './model';
import { stringifyAsSent } from './wire';

/** A text of so many bytes has about one token: a rule of thumb for the models of today. */
const bytesPerToken = 4;

export const noTokens: TokenUsage = { inputTokens: 0, outputTokens: 0 };

/**
 * Counts the tokens of one question to a model: as the model tells them, and by an estimate where it does not.
 *
 * What a model says before it tries again counts too.
 */
export class TokenCounter {
  readonly #request: ModelRequest;
  /** Of what was said before the last retry; undefined while nothing was. */
  #earlier: TokenUsage | undefined;
  #told: Partial<TokenUsage> = {};
  #outputBytes = 0;
  #hasBegun = false;

  constructor(request: ModelRequest) {
    this.#request = request;
  }

  /** Takes the next event of the answer. */
  accept(event: ModelEvent): void {
    if ('messageStart' in event || 'comesWhole' in event) return;
    if ('retry' in event) {
      this.#earlier = this.usage;
      this.#told = {};
      this.#outputBytes = 0;
      this.#hasBegun = false;
      return;
    }
    this.#hasBegun = true;
    if ('metadata' in event) this.#told = event.metadata.usage;
    else this.#outputBytes += outputBytesOf(event);
  }

  /** The tokens so far; undefined while the model has said nothing, because then nobody knows of any. */
  get usage(): TokenUsage | undefined {
    if (!this.#hasBegun) return this.#earlier;
    const usage = this.#estimateWhereUntold();
    return this.#earlier ? addUsage(this.#earlier, usage) : usage;
  }

  #estimateWhereUntold(): TokenUsage {
    const { inputTokens, outputTokens, cacheReadInputTokens, cacheWriteInputTokens } = this.#told;
    const cache = { cacheReadInputTokens, cacheWriteInputTokens };
    // The input is what was read anew and what came of the cache: with one of them wrong, the whole is not known.
    const told = [inputTokens, ...Object.values(cache).filter((count) => count !== undefined)];
    const isInputKnown = told.every(isCount);
    const isOutputKnown = isCount(outputTokens);
    return {
      ...(isInputKnown
        ? { inputTokens: inputTokens ?? 0, ...withoutUndefined(cache) }
        : { inputTokens: Math.ceil(byteLengthOf(this.#request) / bytesPerToken) }),
      outputTokens: isOutputKnown ? outputTokens : Math.ceil(this.#outputBytes / bytesPerToken),
      ...((this.#told.estimated || !isInputKnown || !isOutputKnown) && { estimated: true }),
    };
  }
}

/** Adds up tokens; cache counts are kept only where a model gave them, and a sum with an estimate in it is one. */
export function addUsage(a: TokenUsage, b: TokenUsage): TokenUsage {
  const sum: TokenUsage = {
    inputTokens: a.inputTokens + b.inputTokens,
    outputTokens: a.outputTokens + b.outputTokens,
  };
  for (const key of ['cacheReadInputTokens', 'cacheWriteInputTokens'] as const) {
    if (a[key] !== undefined || b[key] !== undefined) sum[key] = (a[key] ?? 0) + (b[key] ?? 0);
  }
  if (a.estimated || b.estimated) sum.estimated = true;
  return sum;
}

/** The bytes of an answer's text, of its reasoning and of the arguments of its tools. */
function outputBytesOf(event: ModelEvent): number {
  if (!('contentBlockDelta' in event)) return 0;
  const { delta } = event.contentBlockDelta;
  if ('text' in delta) return Buffer.byteLength(delta.text);
  if ('toolUse' in delta) return Buffer.byteLength(delta.toolUse.input);
  const { text = '', redactedContent } = delta.reasoningContent;
  return Buffer.byteLength(text) + (redactedContent?.length ?? 0);
}

function byteLengthOf(request: ModelRequest): number {
  // What JSON cannot hold was never sent as JSON.
  return Buffer.byteLength(stringifyAsSent(request) ?? '');
}

function isCount(value: number | undefined): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}

function withoutUndefined<T extends Record<string, number | undefined>>(counts: T) {
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count !== undefined));
}
