import type { ContentBlock, Message, ModelRequest } from 'movie-hub';
import { schemaProblems } from './schema-rules';
import type { ModelTool } from './wire';

/**
 * Lists the problems for which Bedrock would refuse a request.
 *
 * The rules are those of Converse with the strictest models. They are independent of the code that must follow them.
 */
export function requestProblems(request: ModelRequest): string[] {
  const { messages, tools = [] } = request;
  const usesTools = messages.some(({ content }) => content.some((b) => 'toolUse' in b || 'toolResult' in b));
  return [
    ...modelRequestProblems(request),
    ...(usesTools && tools.length === 0
      ? ['toolConfig is missing, but the messages contain tool blocks.']
      : []),
  ];
}

/** The rules for all models, without those of Bedrock's wire format. */
export function modelRequestProblems({ messages, tools = [], system }: ModelRequest): string[] {
  return [
    ...transcriptProblems(messages),
    ...surrogateProblems(system, 'The system prompt'),
    ...surrogateProblems(tools, 'The tool list'),
    ...tools.flatMap(toolProblems),
    ...(new Set(tools.map((tool) => tool.name)).size < tools.length ? ['Two tools have the same name.'] : []),
    ...(messages.at(-1)?.role === 'user' ? [] : ['The last message is not from the user.']),
  ];
}

/** Lists the problems of a transcript, which may also end with a message of the assistant. */
export function transcriptProblems(messages: readonly Message[]): string[] {
  const uses = messages.flatMap(({ content }) => content.filter((block) => 'toolUse' in block));
  const ids = uses.map((block) => block.toolUse.toolUseId);
  return [
    ...(messages.length === 0 ? ['There are no messages.'] : []),
    ...(new Set(ids).size < ids.length ? ['Two tool uses have the same id.'] : []),
    ...messages.flatMap((message, index) => messageProblems(messages, message, index)),
    ...messages.flatMap((message, index) => surrogateProblems(message, `messages[${index}]`)),
  ].filter((problem) => problem !== '');
}

const safe = /^[a-zA-Z0-9_-]{1,64}$/;

function messageProblems(messages: readonly Message[], { role, content }: Message, index: number): string[] {
  const at = `messages[${index}]`;
  const expected = index % 2 === 0 ? 'user' : 'assistant';
  const reasoningOnly = role === 'assistant' && content.every((block) => 'reasoningContent' in block);
  return [
    role === expected ? '' : `${at} has the role ${role}: roles must alternate, starting with user.`,
    content.length > 0 ? '' : `${at} is empty.`,
    content.length > 0 && reasoningOnly ? `${at} contains only reasoning.` : '',
    ...content.flatMap((block, i) => blockProblems(role, block, `${at}.content[${i}]`)),
    pairingProblem(messages, index, at),
  ];
}

function pairingProblem(messages: readonly Message[], index: number, at: string): string {
  const { role, content } = messages[index] as Message;
  const uses = content.flatMap((block) => ('toolUse' in block ? [block.toolUse.toolUseId] : []));
  if (role === 'assistant') {
    return uses.length > 0 && index === messages.length - 1
      ? `${at} calls tools, but there are no results.`
      : '';
  }
  const calls = messages[index - 1]?.content ?? [];
  const wanted = calls.flatMap((block) => ('toolUse' in block ? [block.toolUse.toolUseId] : []));
  const given = content.flatMap((block) => ('toolResult' in block ? [block.toolResult.toolUseId] : []));
  if (given.length !== wanted.length || wanted.some((id) => !given.includes(id))) {
    return `${at} has results for [${given.join(', ')}], expected [${wanted.join(', ')}].`;
  }
  // Cache points do not count as content.
  const others = content.filter((block) => !('toolResult' in block || 'cachePoint' in block));
  return given.length > 0 && others.length > 0 ? `${at} mixes tool results and other content.` : '';
}

function blockProblems(role: Message['role'], block: ContentBlock, at: string): string[] {
  if (Object.keys(block).length !== 1) return [`${at} must have exactly one property.`];
  if ('text' in block) return block.text.trim() === '' ? [`${at} is blank.`] : [];
  if ('reasoningContent' in block) return role === 'assistant' ? [] : [`${at} is reasoning from the user.`];
  if ('toolUse' in block) {
    const { toolUseId, name, input } = block.toolUse;
    return [
      role === 'assistant' ? '' : `${at} is a tool use from the user.`,
      safe.test(toolUseId) ? '' : `${at} has the invalid id "${toolUseId}".`,
      safe.test(name) ? '' : `${at} has the invalid name "${name}".`,
      isObject(input) ? '' : `${at} has an input that is not an object.`,
    ];
  }
  if (!('toolResult' in block)) return [];
  const { content, status } = block.toolResult;
  return [
    role === 'user' ? '' : `${at} is a tool result from the assistant.`,
    content.length > 0 ? '' : `${at} has no content.`,
    ...content.map((part) => {
      if ('text' in part) return part.text.trim() === '' ? `${at} contains blank text.` : '';
      if (status === 'error') return `${at} is an error, but contains more than text.`;
      return isObject(part.json) ? '' : `${at} contains json that is not an object.`;
    }),
  ];
}

function toolProblems({ name, description, inputSchema }: ModelTool): string[] {
  return [
    safe.test(name) ? '' : `The tool name "${name}" is not allowed.`,
    description.trim() === '' ? `The tool ${name} has no description.` : '',
    ...schemaProblems(inputSchema, name),
  ].filter((problem) => problem !== '');
}

/** Bedrock refuses JSON with a lone surrogate. */
function surrogateProblems(value: unknown, at: string): string[] {
  if (typeof value === 'string') return loneSurrogate.test(value) ? [`${at} contains a lone surrogate.`] : [];
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return [];
  const found = Object.entries(value).some((entry) =>
    entry.some((part) => surrogateProblems(part, at).length > 0),
  );
  return found ? [`${at} contains a lone surrogate.`] : [];
}

const loneSurrogate = /\p{Surrogate}/u;

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
