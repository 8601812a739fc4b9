import { type CallToolResult, CallToolResultSchema, ErrorCode } from '@modelcontextprotocol/sdk/types.js';
import { withSignal } from '../abort';
import { stopReasonOf } from './deadline';
import { fenceData } from './fence-data';
import { parseJsonObject, stringifyJson } from './json';
import { errorResult, isBlank } from './messages';
import type { JsonObject, ToolResult } from './model';
import type { BoundTool } from './toolbox';
import { wellFormed } from './well-formed';

/** What came of a call: for the model (`toolResult`) and for people (the rest). */
export interface ToolOutcome {
  toolResult: ToolResult;
  isError: boolean;
  content: string;
  structuredContent?: JsonObject;
  rows?: number;
}

export interface CallOptions {
  toolUseId: string;
  signal: AbortSignal;
  /** Marks the beginning and the end of what the tool returned; see `fenceData`. */
  fence: string;
  /** Time for the call, in ms. */
  timeoutMs: number;
  /** Bytes of the result, as UTF-8, that are passed on. */
  maxBytes: number;
}

/**
 * Calls a tool and turns whatever comes of it into a result for the model. Never rejects.
 *
 * Structured content is passed on as JSON, otherwise text; larger results are cut, and say so. An error is text,
 * because Claude takes nothing else with `status: "error"`.
 */
export async function callTool(
  tool: BoundTool,
  input: JsonObject,
  options: CallOptions,
): Promise<ToolOutcome> {
  try {
    const request = { method: 'tools/call' as const, params: { name: tool.name, arguments: input } };
    const answer = await withSignal(options.signal, (signal) =>
      tool.client.request(request, CallToolResultSchema, { signal, timeout: options.timeoutMs }),
    );
    return toOutcome(answer, options);
  } catch (error) {
    const { toolUseId, signal } = options;
    if (signal.aborted) return failedOutcome(toolUseId, stoppedText(signal));
    const refusal = refusalIn(error);
    if (refusal !== undefined)
      return toOutcome({ isError: true, content: [{ type: 'text', text: refusal }] }, options);
    const isLost = await tool.isLostAfter(error, signal);
    return failedOutcome(
      toolUseId,
      isLost ? 'The connection to the tool was lost.' : describe(error, options),
    );
  }
}

/** Builds the outcome of a call that did not take place; `text` tells the model why. */
export function failedOutcome(toolUseId: string, text: string): ToolOutcome {
  return { toolResult: errorResult(toolUseId, text), isError: true, content: text };
}

/** What the model is told of a call that an abort or a limit ended. */
export function stoppedText(signal: AbortSignal): string {
  const stopReason = stopReasonOf(signal);
  if (stopReason === 'aborted') return 'Stopped by the user before the tool answered.';
  return `Stopped before the tool answered: the limit ${stopReason} was reached.`;
}

function toOutcome(answer: CallToolResult, { toolUseId, maxBytes, fence }: CallOptions): ToolOutcome {
  const json = answer.structuredContent === undefined ? undefined : stringifyJson(answer.structuredContent);
  if (answer.structuredContent !== undefined && json === undefined) {
    return failedOutcome(toolUseId, 'The tool answered with something that JSON cannot hold.');
  }
  const isError = answer.isError === true;
  const fits = json !== undefined && Buffer.byteLength(json) <= maxBytes;
  const structured = fits ? parseJsonObject(json) : undefined;
  const text =
    wellFormed(textOf(answer)) ||
    json ||
    (isError ? 'The tool failed and did not say why.' : 'The tool returned nothing.');
  const forModel =
    structured && !isError ? { json: structured } : { text: cut(isError ? text : (json ?? text), maxBytes) };
  return {
    toolResult: {
      toolUseId,
      content: fenceData(forModel, fence),
      ...(isError ? { status: 'error' as const } : {}),
    },
    isError,
    content: cut(text, maxBytes),
    ...(structured ? { structuredContent: structured } : {}),
    ...rowsOf(answer),
  };
}

/** This package's servers tell how many rows there are in a result. */
function rowsOf({ _meta }: CallToolResult): { rows?: number } {
  const rows = _meta?.['movie-hub/rows'];
  return typeof rows === 'number' ? { rows } : {};
}

function textOf(answer: CallToolResult): string {
  const parts = answer.content.map((part) => {
    if (part.type === 'text') return part.text;
    if (part.type === 'resource_link') return `${part.name}: ${part.uri}`;
    if (part.type === 'resource')
      return 'text' in part.resource ? part.resource.text : `(file ${part.resource.uri})`;
    return `(${part.type} of type ${part.mimeType}, not shown)`;
  });
  return parts.filter((part) => !isBlank(part)).join('\n');
}

/** Cuts at a character's end, and says how much there was; the note counts as part of `maxBytes`, and is there in any case. */
function cut(text: string, maxBytes: number): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= maxBytes) return text;
  const note = `\n[Cut here: this is the beginning of a result of ${bytes.length} bytes. Ask for less to see all.]`;
  let end = Math.max(0, maxBytes - Buffer.byteLength(note));
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return `${bytes.toString('utf8', 0, end)}${note}`;
}

/** What a server says about wrong arguments: its words, so they are data. */
function refusalIn(error: unknown): string | undefined {
  const { code, message } = error as { code?: unknown; message?: unknown };
  if (code !== ErrorCode.InvalidParams) return undefined;
  const said = String(message ?? '').replace(/^MCP error -?\d+: /, '');
  return `The arguments were refused. ${said}`.trim();
}

/** Says nothing of what a server threw: it may hold what is not meant for a model. */
function describe(error: unknown, { timeoutMs }: CallOptions): string {
  const { code } = error as { code?: unknown };
  if (code === ErrorCode.RequestTimeout) return `The tool did not answer within ${timeoutMs} ms.`;
  return 'The tool failed, for a reason that it did not give.';
}
