import type { ConverseStreamCommandInput, SystemContentBlock, Tool } from '@aws-sdk/client-bedrock-runtime';
import type { Message, ModelRequest, ModelTool } from './model';

/** What Converse takes beside what a run itself says. */
export type ConverseOptions = Omit<
  ConverseStreamCommandInput,
  'modelId' | 'messages' | 'system' | 'toolConfig' | 'inferenceConfig'
>;

type WireMessage = NonNullable<ConverseStreamCommandInput['messages']>[number];

const cachePoint = { cachePoint: { type: 'default' } } as const;

/** Builds the request; the compiler checks here that our shapes are those of AWS. */
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
 * The end of the transcript is what the next request begins with. Three points in all; Bedrock takes four, so those of a
 * transcript made elsewhere go.
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

/** Bedrock wants a tool list whenever the history holds tool blocks, even when there is no tool left. */
function toolsOfHistory(messages: readonly Message[]): ModelTool[] {
  const blocks = messages.flatMap((message) => message.content);
  const names = new Set(blocks.flatMap((block) => ('toolUse' in block ? [block.toolUse.name] : [])));
  const description = 'Not available now: do not call it.';
  return [...names].map((name) => ({ name, description, inputSchema: { type: 'object', properties: {} } }));
}
