import type {
  TokenUsage as AwsTokenUsage,
  ContentBlock,
  ConverseCommandOutput,
  ConverseStreamOutput,
  ReasoningContentBlock,
  ReasoningContentBlockDelta,
} from '@aws-sdk/client-bedrock-runtime';
import { stringifyJson } from './json';
import type { ModelEvent, TokenUsage } from './model';

/** Turns an event of ConverseStream into ours; undefined for those that say nothing to a run. */
export function fromConverse(event: ConverseStreamOutput): ModelEvent | undefined {
  if (event.messageStart) return { messageStart: { role: 'assistant' } };
  if (event.contentBlockStart) {
    const { contentBlockIndex = 0, start } = event.contentBlockStart;
    const toolUse = start?.toolUse;
    const named = toolUse
      ? { toolUse: { toolUseId: toolUse.toolUseId ?? '', name: toolUse.name ?? '' } }
      : {};
    return { contentBlockStart: { contentBlockIndex, start: named } };
  }
  if (event.contentBlockDelta) {
    const { contentBlockIndex = 0, delta } = event.contentBlockDelta;
    if (delta?.text !== undefined)
      return { contentBlockDelta: { contentBlockIndex, delta: { text: delta.text } } };
    if (delta?.toolUse) {
      return {
        contentBlockDelta: { contentBlockIndex, delta: { toolUse: { input: delta.toolUse.input ?? '' } } },
      };
    }
    if (!delta?.reasoningContent) return undefined;
    return {
      contentBlockDelta: {
        contentBlockIndex,
        delta: { reasoningContent: fromReasoning(delta.reasoningContent) },
      },
    };
  }
  if (event.contentBlockStop) {
    return { contentBlockStop: { contentBlockIndex: event.contentBlockStop.contentBlockIndex ?? 0 } };
  }
  if (event.messageStop) return { messageStop: { stopReason: event.messageStop.stopReason ?? 'end_turn' } };
  if (event.metadata) return { metadata: { usage: fromUsage(event.metadata.usage) } };
  return undefined;
}

/** Turns an answer of Converse, which comes whole, into the events that a stream would have had. */
export function* fromConverseAnswer(answer: ConverseCommandOutput): Generator<ModelEvent> {
  yield { messageStart: { role: 'assistant' } };
  for (const [contentBlockIndex, block] of (answer.output?.message?.content ?? []).entries()) {
    yield* fromBlock(contentBlockIndex, block);
    yield { contentBlockStop: { contentBlockIndex } };
  }
  if (answer.stopReason !== undefined) yield { messageStop: { stopReason: answer.stopReason } };
  yield { metadata: { usage: fromUsage(answer.usage) } };
}

function* fromBlock(contentBlockIndex: number, block: ContentBlock): Generator<ModelEvent> {
  if (block.text !== undefined)
    yield { contentBlockDelta: { contentBlockIndex, delta: { text: block.text } } };
  // In a stream the words of a citation are text.
  for (const { text } of block.citationsContent?.content ?? [])
    if (text !== undefined) yield { contentBlockDelta: { contentBlockIndex, delta: { text } } };
  if (block.reasoningContent) {
    const reasoningContent = wholeReasoning(block.reasoningContent);
    yield { contentBlockDelta: { contentBlockIndex, delta: { reasoningContent } } };
  }
  if (block.toolUse) {
    const { toolUseId = '', name = '', input } = block.toolUse;
    yield { contentBlockStart: { contentBlockIndex, start: { toolUse: { toolUseId, name } } } };
    const delta = { toolUse: { input: stringifyJson(input) ?? '' } };
    yield { contentBlockDelta: { contentBlockIndex, delta } };
  }
}

function wholeReasoning({ reasoningText, redactedContent }: ReasoningContentBlock) {
  const { text, signature } = reasoningText ?? {};
  return fromReasoning({ text, signature, redactedContent } as ReasoningContentBlockDelta);
}

function fromReasoning({ text, signature, redactedContent }: ReasoningContentBlockDelta) {
  return {
    ...(text === undefined ? {} : { text }),
    ...(signature === undefined ? {} : { signature }),
    ...(redactedContent === undefined ? {} : { redactedContent }),
  };
}

/** Only what is there: what is not will be estimated. */
function fromUsage(usage: AwsTokenUsage | undefined): Partial<TokenUsage> {
  const { inputTokens, outputTokens, cacheReadInputTokens, cacheWriteInputTokens } = usage ?? {};
  return {
    ...(inputTokens === undefined ? {} : { inputTokens }),
    ...(outputTokens === undefined ? {} : { outputTokens }),
    ...(cacheReadInputTokens === undefined ? {} : { cacheReadInputTokens }),
    ...(cacheWriteInputTokens === undefined ? {} : { cacheWriteInputTokens }),
  };
}
