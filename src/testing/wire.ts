import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Http2ServerRequest } from 'node:http2';
import type { ContentBlock, JsonObject, ModelRequest } from 'movie-hub';

/** A tool as a request offers it. */
export type ModelTool = NonNullable<ModelRequest['tools']>[number];

/** A request as received, and parsed. */
export interface RecordedRequest {
  modelId: string;
  /** `1.1` or `2.0`. */
  httpVersion: string;
  headers: IncomingHttpHeaders;
  /** True when the request ended before the response was complete, because the client left or by a fault. */
  cancelled: boolean;
  /** True for ConverseStream, false for Converse. */
  streaming: boolean;
  /** The JSON body as it was sent. */
  body: JsonObject;
  request: ModelRequest;
}

/** Reads a POST to `/model/<id>/converse-stream` or `/converse`; undefined for other requests. */
export async function readConverseRequest(
  request: IncomingMessage | Http2ServerRequest,
): Promise<RecordedRequest | undefined> {
  const [, modelId, stream] = /^\/model\/([^/]+)\/converse(-stream)?$/.exec(request.url ?? '') ?? [];
  if (request.method !== 'POST' || modelId === undefined) return undefined;
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString('utf8');
  return {
    modelId: decodeURIComponent(modelId),
    httpVersion: request.httpVersion,
    headers: request.headers,
    cancelled: false,
    streaming: stream !== undefined,
    body: JSON.parse(text),
    request: toModelRequest(JSON.parse(text)),
  };
}

/** Maps an error of a script to Bedrock's HTTP status for that name. */
export function httpErrorOf(error: Error): { status: number; type: string; message: string } {
  const status = statusOf(error.name);
  return {
    status: status ?? 500,
    type: status ? error.name : 'InternalServerException',
    message: error.message,
  };
}

/** Returns Bedrock's HTTP status of an error name, if known. */
export function statusOf(name: string): number | undefined {
  return Object.hasOwn(statuses, name) ? statuses[name] : undefined;
}

const statuses: Readonly<Record<string, number>> = {
  ValidationException: 400,
  AccessDeniedException: 403,
  ResourceNotFoundException: 404,
  ModelTimeoutException: 408,
  ModelErrorException: 424,
  ModelStreamErrorException: 424,
  ThrottlingException: 429,
  ModelNotReadyException: 429,
  InternalServerException: 500,
  ServiceUnavailableException: 503,
};

interface ConverseBody {
  messages?: Array<{ role: 'user' | 'assistant'; content: ContentBlock[] }>;
  system?: Array<{ text?: string }>;
  inferenceConfig?: NonNullable<ModelRequest['inference']>;
  toolConfig?: {
    tools?: Array<{ toolSpec?: WireTool }>;
    toolChoice?: NonNullable<ModelRequest['toolChoice']>;
  };
}

type WireTool = Pick<ModelTool, 'name' | 'description'> & { inputSchema: { json: JsonObject } };

function toModelRequest({ messages = [], system, inferenceConfig, toolConfig }: ConverseBody): ModelRequest {
  const tools = toolConfig?.tools?.flatMap(({ toolSpec }) =>
    toolSpec ? [{ ...toolSpec, inputSchema: toolSpec.inputSchema.json }] : [],
  );
  return {
    messages: messages.map(({ role, content }) => ({ role, content: content.map(withBytes) })),
    ...(system ? { system: system.map((block) => block.text ?? '').join('\n') } : {}),
    ...(tools ? { tools } : {}),
    ...(toolConfig?.toolChoice ? { toolChoice: toolConfig.toolChoice } : {}),
    ...(inferenceConfig ? { inference: inferenceConfig } : {}),
  };
}

/** Bytes are base64 on the wire. */
function withBytes(block: ContentBlock): ContentBlock {
  if (!('reasoningContent' in block) || !('redactedContent' in block.reasoningContent)) return block;
  const text = String(block.reasoningContent.redactedContent);
  return { reasoningContent: { redactedContent: new Uint8Array(Buffer.from(text, 'base64')) } };
}
