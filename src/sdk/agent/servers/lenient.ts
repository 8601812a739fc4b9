import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import type { JSONRPCMessage, Tool } from '@modelcontextprotocol/sdk/types.js';
import { isBlank } from '../messages';
import type { JsonObject, JsonValue } from '../model';
import { stringifyJson, toJsonObject } from '../wire';

/**
 * Servers in the wild send null, or something of another type, where the protocol has an optional field, and the SDK then refuses the
 * whole message. What is read here loses such a field and nothing else.
 */

/** Stands in for a schema of the SDK's: takes whatever a server answers. */
export const anyResult = {
  safeParse: (data: unknown) => ({ success: true as const, data }),
} as never;

/** Changes a message as it came from a server so that the SDK accepts it. What is no message stays as it is. */
export function repairMessage(given: unknown): unknown {
  if (Array.isArray(given)) return given.map(repairMessage);
  const message = toJsonObject(given);
  if (message === undefined) return given;
  const repaired: JsonObject = { ...message, jsonrpc: '2.0' };
  for (const member of ['params', 'result'])
    if (repaired[member] === null) delete repaired[member];
    else if (member in repaired) repaired[member] = repairBody(repaired[member]);
  // The SDK drops an answer that is no object, and its request waits for ever.
  if ('result' in repaired && toJsonObject(repaired.result) === undefined)
    repaired.result = { content: repaired.result ?? null };
  if ('id' in message && !('method' in message) && message.error == null) {
    repaired.result ??= {};
    delete repaired.error;
  }
  const error = toJsonObject(repaired.error);
  if (error) {
    const { code, message: text } = error;
    repaired.error = {
      ...error,
      code: Number.isInteger(code) ? (code as number) : internalError,
      message: typeof text === 'string' ? text : (stringifyJson(text) ?? ''),
    };
  }
  return repaired;
}

/** Has a transport repair the messages that it receives. */
export function repairMessages(transport: Transport): Transport {
  let listener: Transport['onmessage'];
  return Object.defineProperty(transport, 'onmessage', {
    get: () => listener,
    set: (given: NonNullable<Transport['onmessage']> | undefined) => {
      listener = given && ((message, extra) => given(repairMessage(message) as JSONRPCMessage, extra));
    },
  });
}

const internalError = -32_603;

function repairBody(given: JsonValue | undefined): JsonValue {
  const body = toJsonObject(given);
  if (body === undefined) return given ?? null;
  const { _meta, ...rest } = body;
  const meta = toJsonObject(_meta);
  const repaired: JsonObject = { ...rest, ...(meta && { _meta: meta }) };
  // Only the answer to `initialize` has it; the SDK reads that one strictly.
  if ('protocolVersion' in repaired && 'capabilities' in repaired) return repairServerInfo(repaired);
  return repaired;
}

function repairServerInfo(given: JsonObject): JsonObject {
  const { capabilities, serverInfo, ...rest } = withoutNulls(given);
  const offered = Object.entries(withoutNulls(toJsonObject(capabilities) ?? {}));
  return {
    ...rest,
    capabilities: Object.fromEntries(
      offered.map(([name, value]) => [name, withoutNulls(toJsonObject(value) ?? {})]),
    ),
    serverInfo: { name: '', version: '', ...withoutNulls(toJsonObject(serverInfo) ?? {}) },
  };
}

function withoutNulls(object: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== null));
}

/** A tool as a server described it, with what can be used of the description. */
export interface ListedTool {
  name: string;
  title: string | undefined;
  description: string | undefined;
  /** Undefined when the server gave none that describes an object. */
  inputSchema: JsonObject | undefined;
  /** True when a second call with the same arguments changes nothing more, or when the tool changes nothing at all. */
  isRepeatable: boolean;
  /** True when it can only run as a task, and answers no plain call. */
  needsTask: boolean;
}

/** Reads a page of a tool list. An entry without a name is undefined: it cannot be called. */
export function readToolList(page: unknown): { tools: Array<ListedTool | undefined>; nextCursor?: string } {
  const { tools, nextCursor } = toJsonObject(page) ?? {};
  return {
    tools: (Array.isArray(tools) ? tools : []).map(readTool),
    ...(typeof nextCursor === 'string' && nextCursor !== '' && { nextCursor }),
  };
}

function readTool(given: JsonValue): ListedTool | undefined {
  const tool = toJsonObject(given);
  if (tool === undefined || isBlank(tool.name)) return undefined;
  const annotations = toJsonObject(tool.annotations);
  const inputSchema = toJsonObject(tool.inputSchema);
  const text = (value: unknown) => (isBlank(value) ? undefined : String(value));
  return {
    name: String(tool.name),
    title: text(tool.title) ?? text(annotations?.title),
    description: text(tool.description),
    inputSchema: isOfObject(inputSchema) ? inputSchema : undefined,
    isRepeatable: annotations?.idempotentHint === true || annotations?.readOnlyHint === true,
    needsTask: toJsonObject(tool.execution)?.taskSupport === ('required' satisfies TaskSupport),
  };
}

/** Arguments are an object: a schema of something else describes none. */
function isOfObject(schema: JsonObject | undefined): boolean {
  const { type = 'object' } = schema ?? {};
  return schema !== undefined && [type].flat().includes('object');
}

type TaskSupport = NonNullable<NonNullable<Tool['execution']>['taskSupport']>;

/** What a tool answered. */
export interface ToolAnswer {
  readonly text: string;
  readonly structuredContent?: JsonObject;
  readonly isError: boolean;
  /** Rows in the result, where the server reports them: those of this package do. */
  readonly rows?: number;
}

/** Reads the answer of a tool. A part of an unknown type is named, and the rest is used. */
export function readToolAnswer(given: unknown): ToolAnswer {
  const { content, structuredContent, isError, _meta } = toJsonObject(given) ?? {};
  const parts = Array.isArray(content) ? content : content == null ? [] : [content];
  const rows = toJsonObject(_meta)?.['movie-hub/rows'];
  const structured =
    structuredContent == null ? undefined : (toJsonObject(structuredContent) ?? { value: structuredContent });
  return {
    text: parts
      .map(textOf)
      .filter((part) => !isBlank(part))
      .join('\n'),
    ...(structured && { structuredContent: structured }),
    isError: isError === true,
    ...(typeof rows === 'number' && { rows }),
  };
}

function textOf(given: JsonValue): string {
  if (typeof given !== 'object' || given === null) return String(given ?? '');
  const part = toJsonObject(given) ?? {};
  const { type, text, name, uri, mimeType } = part;
  if (typeof text === 'string') return text;
  if (type === 'resource_link') return isBlank(name) ? String(uri) : `${String(name)}: ${String(uri)}`;
  const resource = type === 'resource' ? toJsonObject(part.resource) : undefined;
  if (resource) return typeof resource.text === 'string' ? resource.text : `(file ${String(resource.uri)})`;
  const kind = typeof type === 'string' ? type : 'part';
  return `(${kind}${typeof mimeType === 'string' ? ` of type ${mimeType}` : ''}, not shown)`;
}

/** A `fetch` that repairs the messages in the answers of a server, as JSON and as server-sent events. */
export async function repairingFetch(url: string | URL, init?: RequestInit): Promise<Response> {
  const response = await fetch(url, init);
  const { body, headers, status, statusText } = response;
  const type = headers.get('content-type') ?? '';
  if (!response.ok || body === null) return response;
  if (/^application\/json/i.test(type))
    return new Response(repairText(await response.text()), { headers, status, statusText });
  if (!/^text\/event-stream/i.test(type)) return response;
  const repaired = body.pipeThrough(new TextDecoderStream() as never).pipeThrough(repairLines());
  return new Response(repaired.pipeThrough(new TextEncoderStream() as never), {
    headers,
    status,
    statusText,
  });
}

function repairText(json: string): string {
  try {
    return JSON.stringify(repairMessage(JSON.parse(json)));
  } catch {
    return json;
  }
}

/** Repairs the lines of data in server-sent events. A message over several lines, which no server is known to send, stays as it is. */
function repairLines(): TransformStream<string, string> {
  let rest = '';
  const repair = (line: string) =>
    line.replace(
      /^(data: ?)(\{.*\})(\r?)$/,
      (_, field: string, json: string, end: string) => `${field}${repairText(json)}${end}`,
    );
  return new TransformStream({
    transform(text, controller) {
      rest += text;
      // Not searched again with each piece: a line may be megabytes.
      if (!text.includes('\n')) return;
      const lines = rest.split('\n');
      rest = lines.pop() ?? '';
      if (lines.length > 0) controller.enqueue(`${lines.map(repair).join('\n')}\n`);
    },
    flush(controller) {
      if (rest !== '') controller.enqueue(repair(rest));
    },
  });
}
