import { MovieHubError } from '../errors';
import { positiveInteger } from '../options';
import type { ContentBlock, Message, ToolResult, ToolUse } from './model';
import { safeName, stringifyAsSent, takeName, toJsonObject, wellFormed, wellFormedJson } from './wire';

/** The assistant's text between the results of its tools and a message of the user that came instead of an answer. */
const stoppedText = '(The answer was stopped here.)';

/**
 * Turns any transcript, also one that was stored, cut, joined or made elsewhere, into one that Bedrock accepts.
 *
 * Blank text is dropped; roles alternate, beginning with the user; each tool use is answered by exactly one result in
 * the single next user message, in the order of the uses; names and ids match `^[a-zA-Z0-9_-]{1,64}$`, and ids are unique. A
 * use without a result gets one that says so; a result without a use is dropped. Several models refuse results beside
 * other content of the user, as after a run that a limit ended: a fixed sentence of the assistant separates them. Half
 * surrogate pairs become U+FFFD. Bytes that were stored as JSON are bytes again. A valid transcript is returned equal.
 * The input is not changed.
 *
 * @throws MovieHubError `invalid_argument` when an element is not a message.
 */
export function sanitiseMessages(messages: readonly Message[]): Message[] {
  const clean: Message[] = [];
  const ids = new Set<string>();
  let open: OpenCall[] = [];
  for (const { role, content, model } of groupByRole(messages)) {
    if (role === 'user') {
      appendOfUser(clean, answerAll(open, content), content);
      open = [];
    } else if (clean.length > 0 && hasSubstance(content)) {
      const renamed = renameCalls(content, ids);
      append(clean, 'assistant', renamed.content, model);
      open = renamed.calls;
    }
  }
  append(clean, 'user', answerAll(open, []));
  return clean;
}

/** Whether an assistant's message contains more than reasoning, which may not be sent back alone. */
export function hasSubstance(content: readonly ContentBlock[]): boolean {
  return content.some((block) => !('reasoningContent' in block));
}

/** Whether Bedrock refuses `text` as a block. */
export function isBlank(text: unknown): boolean {
  return typeof text !== 'string' || text.trim() === '';
}

/** Returns the ids of all tool uses, so that new ones can differ. */
export function toolUseIds(messages: readonly Message[]): Set<string> {
  const uses = messages.flatMap((message) => message.content.filter((block) => 'toolUse' in block));
  return new Set(uses.map((block) => block.toolUse.toolUseId));
}

/** Builds the result of a call that failed; `text` is for the model. */
export function errorResult(toolUseId: string, text: string): ToolResult {
  return { toolUseId, status: 'error', content: [{ text: wellFormed(text) }] };
}

/** Replaces the message that a guardrail blocked: it would block every later question. */
export function removeBlocked(messages: Message[]): void {
  const blocked = messages.pop();
  if (blocked === undefined) return;
  const results = blocked.content.flatMap((block) =>
    'toolResult' in block ? [block.toolResult.toolUseId] : [],
  );
  const text = 'Removed: a guardrail blocked this.';
  const content =
    results.length > 0
      ? results.map((id) => ({ toolResult: errorResult(id, text) }))
      : [{ text: `(${text})` }];
  messages.push({ role: 'user', content });
}

/** A tool use that waits for its result; `recordedId` is the id it had in the input. */
interface OpenCall {
  recordedId: string;
  toolUseId: string;
}

function groupByRole(messages: readonly Message[]): Message[] {
  const groups: Message[] = [];
  for (const message of messages) {
    const known = message?.role === 'user' || message?.role === 'assistant';
    if (!known || !Array.isArray(message.content)) {
      throw new MovieHubError(
        'invalid_argument',
        'Each message needs a role, "user" or "assistant", and a list as content.',
      );
    }
    append(
      groups,
      message.role,
      message.content.flatMap((block) => cleanBlock(message.role, wellFormedJson(block))),
      typeof message.model === 'string' ? message.model : undefined,
    );
  }
  return groups;
}

function cleanBlock(role: Message['role'], block: ContentBlock): ContentBlock[] {
  if (typeof block !== 'object' || block === null) return [];
  if ('text' in block) return isBlank(block.text) ? [] : [{ text: block.text }];
  if ('reasoningContent' in block) return role === 'assistant' ? cleanReasoning(block) : [];
  if ('toolUse' in block) return role === 'assistant' && block.toolUse ? [block] : [];
  if ('toolResult' in block) return role === 'user' && block.toolResult ? [block] : [];
  // Blocks of other kinds are passed on.
  return hasContent(block) ? [withBytes(block)] : [];
}

/** Every model refuses an empty block. */
function hasContent(block: object): boolean {
  return Object.values(block).some(
    (value) => typeof value === 'object' && value !== null && Object.keys(value).length > 0,
  );
}

type Reasoning = Extract<ContentBlock, { reasoningContent: unknown }>;

function cleanReasoning(block: Reasoning): Reasoning[] {
  const reasoning = block.reasoningContent;
  if (typeof reasoning !== 'object' || reasoning === null) return [];
  if ('redactedContent' in reasoning) {
    const redactedContent = toBytes(reasoning.redactedContent);
    return redactedContent ? [{ reasoningContent: { ...reasoning, redactedContent } }] : [];
  }
  const { reasoningText } = reasoning;
  const isWhole =
    typeof reasoningText?.text === 'string' &&
    (reasoningText.signature !== undefined || !isBlank(reasoningText.text));
  return isWhole ? [block] : [];
}

function appendOfUser(
  messages: Message[],
  results: readonly ContentBlock[],
  content: readonly ContentBlock[],
): void {
  const others = content.filter((block) => !('toolResult' in block));
  const points = others.findIndex((block) => !('cachePoint' in block));
  const words = points < 0 ? [] : others.slice(points);
  append(messages, 'user', [...results, ...others.slice(0, others.length - words.length)]);
  const last = messages.at(-1);
  // They may be of an earlier message, whose answer was dropped.
  const isBesideResults = last?.role === 'user' && last.content.some((block) => 'toolResult' in block);
  if (words.length > 0 && isBesideResults) append(messages, 'assistant', [{ text: stoppedText }]);
  append(messages, 'user', words);
}

function append(
  messages: Message[],
  role: Message['role'],
  content: readonly ContentBlock[],
  model?: string,
): void {
  if (content.length === 0) return;
  const last = messages.at(-1);
  const message = {
    role,
    content: [...content],
    ...(role === 'assistant' && model !== undefined && { model }),
  };
  if (last?.role !== role) messages.push(message);
  else if (last.model === message.model) last.content.push(...content);
  else {
    // One message has one model: the reasoning of the other goes.
    const earlier = last.content.filter((block) => !('reasoningContent' in block));
    messages.splice(-1, 1, { ...message, content: [...earlier, ...content] });
  }
}

function renameCalls(content: readonly ContentBlock[], ids: Set<string>) {
  const calls: OpenCall[] = [];
  const renamed = content.map((block) => {
    if (!('toolUse' in block)) return block;
    const toolUse = cleanToolUse(block.toolUse, ids);
    calls.push({ recordedId: block.toolUse.toolUseId, toolUseId: toolUse.toolUseId });
    return { toolUse };
  });
  return { content: renamed, calls };
}

function cleanToolUse(toolUse: ToolUse, ids: Set<string>): ToolUse {
  return {
    toolUseId: takeName(safeName(toolUse.toolUseId, 'tool_use'), ids),
    name: safeName(toolUse.name, 'unnamed_tool'),
    input: toJsonObject(toolUse.input) ?? {},
  };
}

function answerAll(calls: readonly OpenCall[], content: readonly ContentBlock[]): ContentBlock[] {
  const results = content.flatMap((block) => ('toolResult' in block ? [block.toolResult] : []));
  return calls.map(({ recordedId, toolUseId }) => {
    const index = results.findIndex((result) => result.toolUseId === recordedId);
    const [result] = index < 0 ? [] : results.splice(index, 1);
    return {
      toolResult: result
        ? cleanResult(result, toolUseId)
        : errorResult(toolUseId, 'No result of this call was kept.'),
    };
  });
}

function cleanResult(result: ToolResult, toolUseId: string): ToolResult {
  const parts = Array.isArray(result.content) ? result.content : [];
  const content = parts.flatMap((part): ToolResult['content'] => {
    if (typeof part !== 'object' || part === null) return [];
    if ('text' in part) return isBlank(part.text) ? [] : [{ text: part.text }];
    if (!('json' in part)) return result.status === 'error' ? [] : cleanMedia(part);
    // Claude takes nothing but text with an error.
    if (result.status === 'error') return [{ text: JSON.stringify(part.json ?? null) }];
    return [{ json: toJsonObject(part.json) ?? { value: part.json ?? null } }];
  });
  return {
    toolUseId,
    content: content.length > 0 ? content : [{ text: 'The tool returned nothing.' }],
    ...(result.status === undefined ? {} : { status: result.status }),
  };
}

/** The kinds of content that Converse accepts in a result, beside text and JSON. */
const mediaKinds = ['image', 'document', 'video', 'searchResult'];

function cleanMedia(part: object): ToolResult['content'] {
  const isKnown = Object.keys(part).every((kind) => mediaKinds.includes(kind));
  // Only transcripts made elsewhere have these: the tools of a run return none.
  return isKnown && hasContent(part) ? [withBytes(part) as ToolResult['content'][number]] : [];
}

/**
 * Drops the oldest turns of a transcript until the rest is within a number of bytes.
 *
 * A turn begins with a message of the user, other than the results of tools, and ends before the next, so that a tool call is
 * never separated from its result. The last turn stays. Where it is too large by itself, its oldest tool calls go with their
 * results; its question and its newest calls stay, whatever their size.
 *
 * @param maxBytes Bytes of the messages as JSON in UTF-8, with images and the like as base64: a token has about four.
 * @throws MovieHubError `invalid_argument` when `maxBytes` is not a whole number above 0.
 */
export function trimMessages(messages: readonly Message[], { maxBytes }: { maxBytes: number }): Message[] {
  positiveInteger('maxBytes', maxBytes);
  const turns = turnsOf(messages);
  const last = turns.pop() ?? [];
  let bytes = sizeOf(last);
  if (bytes > maxBytes) return withoutOldestCalls(last, bytes - maxBytes);
  let from = turns.length;
  for (const [index, turn] of [...turns.entries()].reverse()) {
    bytes += sizeOf(turn);
    if (bytes > maxBytes) break;
    from = index;
  }
  return [...turns.slice(from), last].flat();
}

/** Splits a transcript where a question begins: a call and its result are in the same turn. */
export function turnsOf(messages: readonly Message[]): Message[][] {
  const turns: Message[][] = [];
  for (const message of messages) {
    if ((message.role === 'user' && !holds(message, 'toolResult')) || turns.length === 0)
      turns.push([message]);
    else turns.at(-1)?.push(message);
  }
  return turns;
}

/** Drops the oldest calls, each with its results, until `bytes` are gone or one is left. */
function withoutOldestCalls(turn: readonly Message[], bytes: number): Message[] {
  const calls = turn.flatMap((message, index) =>
    index > 0 && holds(message, 'toolUse') && isAllResults(turn[index + 1]) ? [index] : [],
  );
  const dropped = new Set<number>();
  let left = bytes;
  for (const index of calls.slice(0, -1)) {
    if (left <= 0) break;
    left -= sizeOf(turn.slice(index, index + 2));
    dropped.add(index).add(index + 1);
  }
  return turn.filter((_, index) => !dropped.has(index));
}

/** A message with other content of the user must not be dropped. */
function isAllResults(message: Message | undefined): boolean {
  return (
    message?.role === 'user' &&
    message.content.every((block) => 'toolResult' in block || 'cachePoint' in block)
  );
}

function holds({ content }: Message, member: 'toolUse' | 'toolResult'): boolean {
  return content.some((block) => member in block);
}

/** Bytes of messages as AWS sends them. */
export function sizeOf(messages: readonly Message[]): number {
  return messages.reduce((sum, message) => sum + Buffer.byteLength(stringifyAsSent(message) ?? ''), 0);
}

/**
 * Returns bytes, also those that were stored as JSON: `JSON.stringify` writes a `Uint8Array` as `{"0":1,"1":2}` and a `Buffer` as
 * `{"type":"Buffer","data":[1,2]}`. Returns undefined for any other value.
 */
export function toBytes(value: unknown): Uint8Array | undefined {
  if (value instanceof Uint8Array) return value;
  const object = toJsonObject(value);
  if (object === undefined) return undefined;
  const isBuffer = object.type === 'Buffer' && Array.isArray(object.data);
  const list = isBuffer ? (object.data as unknown[]) : inOrder(object);
  return list?.every(isByte) ? Uint8Array.from(list) : undefined;
}

/** Restores the bytes of an image, a document or a video in a message. */
export function withBytes<T extends object>(block: T): T {
  const entries = Object.entries(block).map(([kind, media]) => {
    const source = toJsonObject(toJsonObject(media)?.source);
    const bytes = source && toBytes(source.bytes);
    return [kind, bytes ? { ...media, source: { ...source, bytes } } : media];
  });
  return Object.fromEntries(entries);
}

/** The values of an object whose names count from 0, as JSON keeps them. */
function inOrder(object: object): unknown[] | undefined {
  const entries = Object.entries(object);
  if (entries.length === 0) return undefined;
  return entries.every(([key], index) => key === String(index)) ? entries.map(([, item]) => item) : undefined;
}

function isByte(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) >= 0 && Number(value) <= 255;
}
