import { MovieHubError } from '../errors';
import { toJsonObject } from './json';
import type { ContentBlock, Message, ToolResult, ToolUse } from './model';
import { safeName, takeName } from './safe-name';
import { toBytes, withBytes } from './stored-bytes';
import { wellFormed, wellFormedJson } from './well-formed';

/** What the assistant says between the results of its tools and words of the user that came in place of an answer. */
const stoppedWords = '(The answer was stopped here.)';

/**
 * Makes a transcript that Bedrock accepts out of any transcript: one that was stored, cut, joined or made elsewhere.
 *
 * Blank text is dropped; roles alternate, beginning with the user; each tool use is answered by exactly one result in
 * the single next user message, in the order of the uses; names and ids match `^[a-zA-Z0-9_-]{1,64}$`, ids once each. A
 * use without a result gets one that says so; a result without a use is dropped. Several models refuse results beside
 * other words of the user, as they are after a run that a limit ended: a fixed sentence of the assistant parts them. Half
 * surrogate pairs become U+FFFD. Bytes that were stored as JSON are bytes again. A transcript that is in order comes back equal.
 * The input is not changed.
 *
 * @throws MovieHubError `invalid_argument` when an element is no message at all.
 */
export function sanitiseMessages(messages: readonly Message[]): Message[] {
  const clean: Message[] = [];
  const ids = new Set<string>();
  let open: OpenCall[] = [];
  for (const { role, content } of groupByRole(messages)) {
    if (role === 'user') {
      appendOfUser(clean, answerAll(open, content), content);
      open = [];
    } else if (clean.length > 0 && hasSubstance(content)) {
      const renamed = renameCalls(content, ids);
      append(clean, 'assistant', renamed.content);
      open = renamed.calls;
    }
  }
  append(clean, 'user', answerAll(open, []));
  return clean;
}

/** Tells whether an assistant's message says or asks anything: reasoning alone may not be sent back. */
export function hasSubstance(content: readonly ContentBlock[]): boolean {
  return content.some((block) => !('reasoningContent' in block));
}

/** Tells whether Bedrock takes `text` as a block: blank ones are refused. */
export function isBlank(text: unknown): boolean {
  return typeof text !== 'string' || text.trim() === '';
}

/** Lists the ids of all tool uses, so that new ones can be kept apart from them. */
export function toolUseIds(messages: readonly Message[]): Set<string> {
  const uses = messages.flatMap((message) => message.content.filter((block) => 'toolUse' in block));
  return new Set(uses.map((block) => block.toolUse.toolUseId));
}

/** Builds the result of a tool that did not do its work; `text` tells the model what was wrong. */
export function errorResult(toolUseId: string, text: string): ToolResult {
  return { toolUseId, status: 'error', content: [{ text: wellFormed(text) }] };
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
  return saysSomething(block) ? [withBytes(block)] : [];
}

/** Every model refuses a block without anything in it. */
function saysSomething(block: object): boolean {
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
  const thought = reasoning.reasoningText;
  const isWhole =
    typeof thought?.text === 'string' && (thought.signature !== undefined || !isBlank(thought.text));
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
  // The answer to results may have been dropped: they need not be of this message.
  const isBesideResults = last?.role === 'user' && last.content.some((block) => 'toolResult' in block);
  if (words.length > 0 && isBesideResults) append(messages, 'assistant', [{ text: stoppedWords }]);
  append(messages, 'user', words);
}

function append(messages: Message[], role: Message['role'], content: readonly ContentBlock[]): void {
  if (content.length === 0) return;
  const last = messages.at(-1);
  if (last?.role === role) last.content.push(...content);
  else messages.push({ role, content: [...content] });
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

/** What Converse lets a tool return beside text and JSON. */
const mediaKinds = ['image', 'document', 'video', 'searchResult'];

function cleanMedia(part: object): ToolResult['content'] {
  const isKnown = Object.keys(part).every((kind) => mediaKinds.includes(kind));
  // Made elsewhere: a tool of a run returns none.
  return isKnown && saysSomething(part) ? [withBytes(part) as ToolResult['content'][number]] : [];
}
