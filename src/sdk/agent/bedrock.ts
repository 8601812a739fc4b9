import type {
  TokenUsage as AwsTokenUsage,
  BedrockRuntimeClient,
  ConverseStreamCommandInput,
  ConverseStreamOutput,
  ReasoningContentBlockDelta,
} from '@aws-sdk/client-bedrock-runtime';
import { MovieHubError } from '../errors';
import type { Message, Model, ModelEvent, ModelRequest, ModelTool, TokenUsage } from './model';

/** A model of Amazon Bedrock. */
export interface BedrockOptions {
  /** The caller's client: region, credentials, retries, proxies and HTTP version are its settings. */
  client: BedrockRuntimeClient;
  /** A model id, an inference profile or an ARN. */
  modelId: string;
}

/**
 * Speaks to a model of Amazon Bedrock through ConverseStream.
 *
 * The package `@aws-sdk/client-bedrock-runtime` is loaded at the first call; without it the call fails with
 * `dependency_missing`. The client is not closed.
 */
export function bedrockModel({ client, modelId }: BedrockOptions): Model {
  return {
    id: modelId,
    async *stream(request, signal) {
      const { ConverseStreamCommand } = await loadAwsClient();
      const command = new ConverseStreamCommand(toConverseInput(modelId, request));
      const answer = await client.send(command, { abortSignal: signal });
      for await (const event of answer.stream ?? []) {
        const known = fromConverse(event);
        if (known) yield known;
      }
    },
  };
}

async function loadAwsClient(): Promise<typeof import('@aws-sdk/client-bedrock-runtime')> {
  try {
    return await import('@aws-sdk/client-bedrock-runtime');
  } catch (cause) {
    const message = 'Bedrock needs a package: run npm install @aws-sdk/client-bedrock-runtime';
    throw new MovieHubError('dependency_missing', message, { cause });
  }
}

/** Builds the request; the compiler checks here that our shapes are those of AWS. */
function toConverseInput(modelId: string, request: ModelRequest): ConverseStreamCommandInput {
  const { system, messages, toolChoice, inference } = request;
  const tools = request.tools?.length ? request.tools : toolsOfHistory(messages);
  return {
    modelId,
    messages: [...messages],
    ...(system?.trim() ? { system: [{ text: system }] } : {}),
    ...(inference ? { inferenceConfig: inference } : {}),
    ...(tools.length > 0
      ? { toolConfig: { tools: tools.map(toToolSpec), ...(toolChoice ? { toolChoice } : {}) } }
      : {}),
  };
}

function toToolSpec({ name, description, inputSchema }: ModelTool) {
  return { toolSpec: { name, description, inputSchema: { json: inputSchema } } };
}

/** Bedrock wants a tool list whenever the history holds tool blocks, even when there is no tool left. */
function toolsOfHistory(messages: readonly Message[]): ModelTool[] {
  const blocks = messages.flatMap((message) => message.content);
  const names = new Set(blocks.flatMap((block) => ('toolUse' in block ? [block.toolUse.name] : [])));
  const description = 'Not available now: do not call it.';
  return [...names].map((name) => ({ name, description, inputSchema: { type: 'object', properties: {} } }));
}

function fromConverse(event: ConverseStreamOutput): ModelEvent | undefined {
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

function fromReasoning({ text, signature, redactedContent }: ReasoningContentBlockDelta) {
  return {
    ...(text === undefined ? {} : { text }),
    ...(signature === undefined ? {} : { signature }),
    ...(redactedContent === undefined ? {} : { redactedContent }),
  };
}

function fromUsage(usage: AwsTokenUsage | undefined): TokenUsage {
  const { cacheReadInputTokens, cacheWriteInputTokens } = usage ?? {};
  return {
    inputTokens: usage?.inputTokens ?? 0,
    outputTokens: usage?.outputTokens ?? 0,
    ...(cacheReadInputTokens === undefined ? {} : { cacheReadInputTokens }),
    ...(cacheWriteInputTokens === undefined ? {} : { cacheWriteInputTokens }),
  };
}
