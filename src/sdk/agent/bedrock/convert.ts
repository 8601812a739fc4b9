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
import type {
  ContentBlock as Block,
  JsonObject,
  Message,
  ModelEvent,
  ModelRequest,
  ModelTool,
  TokenUsage,
  ToolChoice,
} from '../model';
import { hashOf, stringifyJson } from '../wire';
import { familyOf, type ModelFamily } from './families';

/** The settings of Converse that a run does not set itself. */
export type ConverseOptions = Omit<
  ConverseStreamCommandInput,
  'modelId' | 'messages' | 'system' | 'toolConfig' | 'inferenceConfig'
>;

type WireMessage = NonNullable<ConverseStreamCommandInput['messages']>[number];

const cachePoint = { cachePoint: { type: 'default' } } as const;

/** What a request must do without: what the model's family refuses, and what this model was found to refuse. */
export type Accepted = Omit<ModelFamily, 'reasoningTag' | 'streamsTools' | 'toolChoices'> & {
  /** Whether points of the prompt cache are added. */
  readonly promptCaching: boolean;
};

/** Builds the request. Here the compiler checks that our types match those of AWS. */
export function toConverseInput(
  modelId: string,
  request: ModelRequest,
  accepted: Accepted,
  options: ConverseOptions,
): ConverseStreamCommandInput {
  const { system, messages, toolChoice, inference } = request;
  const { cachePoints, promptCaching } = accepted;
  const tools = request.tools?.length ? request.tools : toolsOfHistory(messages);
  const cached = <Part>(place: 'tools' | 'system', parts: Part[]): (Part | typeof cachePoint)[] =>
    promptCaching && cachePoints.includes(place) && parts.length > 0 ? [...parts, cachePoint] : parts;
  const systemBlocks: SystemContentBlock[] = cached('system', system?.trim() ? [{ text: system }] : []);
  const toolList: Tool[] = cached(
    'tools',
    tools.map((tool) => toToolSpec(tool, tools, accepted)),
  );
  const wire = messages.map((message) => toWireMessage(message, modelId, tools, accepted));
  return {
    ...options,
    modelId,
    messages: promptCaching && cachePoints.length > 0 ? withCachePoint(wire, accepted) : wire,
    ...(systemBlocks.length > 0 ? { system: systemBlocks } : {}),
    ...(inference ? { inferenceConfig: inference } : {}),
    ...(toolList.length > 0
      ? {
          toolConfig: {
            tools: toolList,
            ...(toolChoice && { toolChoice: toWireChoice(toolChoice, tools, accepted) }),
          },
        }
      : {}),
  };
}

/** Leaves out of a message what the model would refuse. */
function toWireMessage(
  { role, content, model }: Message,
  modelId: string,
  tools: readonly ModelTool[],
  accepted: Accepted,
): WireMessage {
  const { textBesideToolUse, resultStatus } = accepted;
  const isOwn = model === undefined || model === modelId || familyOf(model)?.name === accepted.name;
  const asksForTool = content.some((block) => 'toolUse' in block);
  const blocks = content.flatMap((block): Block[] => {
    if ('reasoningContent' in block) return isOwn && takesReasoning(block, accepted) ? [block] : [];
    if ('text' in block) return asksForTool && !textBesideToolUse ? [] : [block];
    if ('toolUse' in block) {
      const { name, toolUseId, input } = block.toolUse;
      const wireName = nameFor(name, tools, accepted);
      return [{ toolUse: { toolUseId: idFor(toolUseId, accepted), name: wireName, input } }];
    }
    if (!('toolResult' in block)) return [block];
    const { status, toolUseId, ...result } = block.toolResult;
    const keeps = status !== undefined && resultStatus;
    return [{ toolResult: { ...result, toolUseId: idFor(toolUseId, accepted), ...(keeps && { status }) } }];
  });
  const kept = blocks.filter(
    (block, index) => !('cachePoint' in block) || takesPointAfter(blocks[index - 1], accepted),
  );
  return { role, content: kept as NonNullable<WireMessage['content']> };
}

function takesPointAfter(block: Block | undefined, { cachePoints }: Accepted): boolean {
  if (block === undefined || 'reasoningContent' in block) return false;
  return cachePoints.includes('text' in block ? 'text' : 'results');
}

function takesReasoning(
  { reasoningContent }: Extract<Block, { reasoningContent: unknown }>,
  { reasoning }: Accepted,
): boolean {
  const isSigned = 'redactedContent' in reasoningContent || Boolean(reasoningContent.reasoningText.signature);
  return reasoning === 'any' || (reasoning === 'signed' && isSigned);
}

/** Gives the same call the same id in every request; one that the model takes stays as it is. */
function idFor(toolUseId: string, { toolUseIdLength: length }: Accepted): string {
  if (length === undefined || (toolUseId.length === length && /^[a-zA-Z0-9]+$/.test(toolUseId)))
    return toolUseId;
  return hashOf(toolUseId, length);
}

const maxNameLength = 64;

/** Replaces hyphens. Where that is the name of another tool too, which would have the request refused, a hash tells them apart. */
function nameFor(name: string, tools: readonly ModelTool[], { hyphensInNames }: Accepted): string {
  if (hyphensInNames || !name.includes('-')) return name;
  const replaced = name.replaceAll('-', '_');
  if (!tools.some((tool) => tool.name !== name && tool.name.replaceAll('-', '_') === replaced))
    return replaced;
  const hash = hashOf(name);
  return `${replaced.slice(0, maxNameLength - hash.length - 1)}_${hash}`;
}

/** Returns the name that the request's tool has here. */
export function ownNameOf(name: string, tools: readonly ModelTool[], accepted: Accepted): string {
  if (tools.some((tool) => tool.name === name)) return name;
  return tools.find((tool) => nameFor(tool.name, tools, accepted) === name)?.name ?? name;
}

function toWireChoice(choice: ToolChoice, tools: readonly ModelTool[], accepted: Accepted): ToolChoice {
  return 'tool' in choice ? { tool: { name: nameFor(choice.tool.name, tools, accepted) } } : choice;
}

/**
 * Marks the end of the transcript, with which the next request begins. With those of tools and system prompt these are three
 * points; Bedrock accepts four, so those of a transcript made elsewhere go.
 */
function withCachePoint(messages: readonly WireMessage[], { cachePoints }: Accepted): WireMessage[] {
  return messages.map((message, index) => {
    const content = (message.content ?? []).filter((block) => !('cachePoint' in block));
    const last = content.at(-1);
    const mayMark = last !== undefined && cachePoints.includes('toolResult' in last ? 'results' : 'text');
    return {
      ...message,
      content: index === messages.length - 1 && mayMark ? [...content, cachePoint] : content,
    };
  });
}

function toToolSpec(
  { name, description, inputSchema }: ModelTool,
  tools: readonly ModelTool[],
  accepted: Accepted,
): Tool.ToolSpecMember {
  return {
    toolSpec: { name: nameFor(name, tools, accepted), description, inputSchema: { json: inputSchema } },
  };
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
  if (event.metadata) return { metadata: metadataOf(event.metadata) };
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
  yield { metadata: metadataOf(answer) };
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

function metadataOf({
  usage,
  trace,
}: Pick<ConverseCommandOutput, 'trace'> & { usage?: AwsTokenUsage | undefined }) {
  return { usage: fromUsage(usage), ...(trace && { trace: trace as unknown as JsonObject }) };
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
