import { MovieHubError } from '../errors';
import type { ModelEvent, ModelRequest, TokenUsage } from './model';
import { stringifyAsSent } from './wire';

/** Bytes of text for one token: a rule of thumb for current models. */
const bytesPerToken = 4;

export const noTokens: TokenUsage = { inputTokens: 0, outputTokens: 0 };

/**
 * Counts the tokens of one request to a model: as the model reports them, or by an estimate where it does not.
 *
 * The output before a retry counts too.
 */
export class TokenCounter {
  readonly #request: ModelRequest;
  /** Tokens before the last retry; undefined when there are none. */
  #earlier: TokenUsage | undefined;
  #reported: Partial<TokenUsage> = {};
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
      this.#reported = {};
      this.#outputBytes = 0;
      this.#hasBegun = false;
      return;
    }
    this.#hasBegun = true;
    if ('metadata' in event) this.#reported = event.metadata.usage;
    else this.#outputBytes += outputBytesOf(event);
  }

  /** The tokens so far; undefined while the model has sent nothing. */
  get usage(): TokenUsage | undefined {
    if (!this.#hasBegun) return this.#earlier;
    const usage = this.#estimateWhereMissing();
    return this.#earlier ? addUsage(this.#earlier, usage) : usage;
  }

  #estimateWhereMissing(): TokenUsage {
    const { inputTokens, outputTokens, cacheReadInputTokens, cacheWriteInputTokens } = this.#reported;
    const cache = { cacheReadInputTokens, cacheWriteInputTokens };
    // The input is the sum of new and cached tokens: with one of them wrong the sum is unknown.
    const counts = [inputTokens, ...Object.values(cache).filter((count) => count !== undefined)];
    const isInputKnown = counts.every(isCount);
    const isOutputKnown = isCount(outputTokens);
    return {
      ...(isInputKnown
        ? { inputTokens: inputTokens ?? 0, ...withoutUndefined(cache) }
        : { inputTokens: Math.ceil(byteLengthOf(this.#request) / bytesPerToken) }),
      outputTokens: isOutputKnown ? outputTokens : Math.ceil(this.#outputBytes / bytesPerToken),
      ...((this.#reported.estimated || !isInputKnown || !isOutputKnown) && { estimated: true }),
    };
  }
}

/** Adds up tokens. Cache counts are kept only where a model reported them; a sum with an estimate in it is an estimate. */
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

/** What a model costs, in any currency, per million tokens. */
export interface TokenPrices {
  input: number;
  output: number;
  /** That of input unless given. */
  cacheRead?: number;
  /** 1.25 times that of input unless given. */
  cacheWrite?: number;
}

/** Bedrock's models charge this much more for writing to their cache, where they charge more at all. */
const cacheWriteFactor = 1.25;

/**
 * Checks prices, and fills in those of the cache, never too low.
 *
 * @throws MovieHubError `invalid_argument` for one that is missing or not a number of 0 or more.
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

/** Returns the cost of tokens. */
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
