import type {
  TokenUsage as AwsTokenUsage,
  ContentBlock,
  ConverseCommandOutput,
  ConverseStreamCommandInput,
  ConverseStreamOutput,
  ReasoningContentBlock,
  ReasoningContentBlockDelta,
  SystemContentBlock,
  Tool,
} from '@aws-sdk/client-bedrock-runtime';
import type { Message, ModelEvent, ModelRequest, ModelTool, TokenUsage } from '../model';
import { stringifyJson } from '../wire';

/** The settings of Converse that a run does not set itself. */
export type ConverseOptions = Omit<
  ConverseStreamCommandInput,
  'modelId' | 'messages' | 'system' | 'toolConfig' | 'inferenceConfig'
>;

type WireMessage = NonNullable<ConverseStreamCommandInput['messages']>[number];

const cachePoint = { cachePoint: { type: 'default' } } as const;

/** Builds the request. Here the compiler checks that our types match those of AWS. */
export function toConverseInput(
  modelId: string,
  request: ModelRequest,
  promptCaching: boolean,
  options: ConverseOptions,
): ConverseStreamCommandInput {
  const { system, messages, toolChoice, inference } = request;
  const tools = request.tools?.length ? request.tools : toolsOfHistory(messages);
  const cached = <Block>(blocks: Block[]): (Block | typeof cachePoint)[] =>
    promptCaching && blocks.length > 0 ? [...blocks, cachePoint] : blocks;
  const systemBlocks: SystemContentBlock[] = cached(system?.trim() ? [{ text: system }] : []);
  const toolList: Tool[] = cached(tools.map(toToolSpec));
  return {
    ...options,
    modelId,
    messages: promptCaching ? withCachePoint(messages) : [...messages],
    ...(systemBlocks.length > 0 ? { system: systemBlocks } : {}),
    ...(inference ? { inferenceConfig: inference } : {}),
    ...(toolList.length > 0
      ? { toolConfig: { tools: toolList, ...(toolChoice ? { toolChoice } : {}) } }
      : {}),
  };
}

/**
 * Marks the end of the transcript, with which the next request begins. With those of tools and system prompt these are three
 * points; Bedrock accepts four, so those of a transcript made elsewhere go.
 */
function withCachePoint(messages: readonly Message[]): WireMessage[] {
  return messages.map((message, index) => {
    const content = message.content.filter((block) => !('cachePoint' in block));
    return { ...message, content: index < messages.length - 1 ? content : [...content, cachePoint] };
  });
}

function toToolSpec({ name, description, inputSchema }: ModelTool): Tool.ToolSpecMember {
  return { toolSpec: { name, description, inputSchema: { json: inputSchema } } };
}

/** Bedrock requires a tool list whenever the history has tool blocks, even when no tool is left. */
function toolsOfHistory(messages: readonly Message[]): ModelTool[] {
  const blocks = messages.flatMap((message) => message.content);
  const names = new Set(blocks.flatMap((block) => ('toolUse' in block ? [block.toolUse.name] : [])));
  const description = 'Not available now: do not call it.';
  return [...names].map((name) => ({ name, description, inputSchema: { type: 'object', properties: {} } }));
}

/** Turns an event of ConverseStream into ours; undefined for those that a run does not use. */
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

/** Turns a complete answer of Converse into the events of a stream. */
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
  // In a stream the text of a citation is plain text.
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

/** Missing counts stay out: they are estimated. */
function fromUsage(usage: AwsTokenUsage | undefined): Partial<TokenUsage> {
  const { inputTokens, outputTokens, cacheReadInputTokens, cacheWriteInputTokens } = usage ?? {};
  return {
    ...(inputTokens === undefined ? {} : { inputTokens }),
    ...(outputTokens === undefined ? {} : { outputTokens }),
    ...(cacheReadInputTokens === undefined ? {} : { cacheReadInputTokens }),
    ...(cacheWriteInputTokens === undefined ? {} : { cacheWriteInputTokens }),
  };
}
