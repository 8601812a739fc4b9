import type { ContentBlock, Message, ModelRequest } from 'movie-hub';
import { schemaProblems } from './schema-rules';
import type { ModelTool } from './wire';

/**
 * Lists why Bedrock would refuse a request; none means that it would take it.
 *
 * The rules are those of Converse with the models that are strictest, in one sentence each. They are written apart from
 * the code that obeys them.
 */
export function requestProblems(request: ModelRequest): string[] {
  const { messages, tools = [] } = request;
  const usesTools = messages.some(({ content }) => content.some((b) => 'toolUse' in b || 'toolResult' in b));
  return [
    ...modelRequestProblems(request),
    ...(usesTools && tools.length === 0
      ? ['toolConfig is missing though the messages hold tool blocks.']
      : []),
  ];
}

/** The rules for any model: all but the one that is obeyed on the way to Bedrock's wire. */
export function modelRequestProblems({ messages, tools = [], system }: ModelRequest): string[] {
  return [
    ...transcriptProblems(messages),
    ...halfPairProblems(system, 'The system prompt'),
    ...halfPairProblems(tools, 'The tool list'),
    ...tools.flatMap(toolProblems),
    ...(new Set(tools.map((tool) => tool.name)).size < tools.length ? ['Two tools have one name.'] : []),
    ...(messages.at(-1)?.role === 'user' ? [] : ['The last message is not of the user.']),
  ];
}

/** Lists what is wrong with a transcript that may also end with the assistant's message. */
export function transcriptProblems(messages: readonly Message[]): string[] {
  const uses = messages.flatMap(({ content }) => content.filter((block) => 'toolUse' in block));
  const ids = uses.map((block) => block.toolUse.toolUseId);
  return [
    ...(messages.length === 0 ? ['There are no messages.'] : []),
    ...(new Set(ids).size < ids.length ? ['Two tool uses have one id.'] : []),
    ...messages.flatMap((message, index) => messageProblems(messages, message, index)),
    ...messages.flatMap((message, index) => halfPairProblems(message, `messages[${index}]`)),
  ].filter((problem) => problem !== '');
}

const safe = /^[a-zA-Z0-9_-]{1,64}$/;

function messageProblems(messages: readonly Message[], { role, content }: Message, index: number): string[] {
  const at = `messages[${index}]`;
  const expected = index % 2 === 0 ? 'user' : 'assistant';
  const reasoningOnly = role === 'assistant' && content.every((block) => 'reasoningContent' in block);
  return [
    role === expected ? '' : `${at} is of the ${role}: roles alternate, beginning with the user.`,
    content.length > 0 ? '' : `${at} is empty.`,
    content.length > 0 && reasoningOnly ? `${at} holds nothing but reasoning.` : '',
    ...content.flatMap((block, place) => blockProblems(role, block, `${at}.content[${place}]`)),
    pairingProblem(messages, index, at),
  ];
}

function pairingProblem(messages: readonly Message[], index: number, at: string): string {
  const { role, content } = messages[index] as Message;
  const uses = content.flatMap((block) => ('toolUse' in block ? [block.toolUse.toolUseId] : []));
  if (role === 'assistant') {
    return uses.length > 0 && index === messages.length - 1 ? `${at} asks for tools and has no answer.` : '';
  }
  const asked = messages[index - 1]?.content ?? [];
  const wanted = asked.flatMap((block) => ('toolUse' in block ? [block.toolUse.toolUseId] : []));
  const given = content.flatMap((block) => ('toolResult' in block ? [block.toolResult.toolUseId] : []));
  if (given.length !== wanted.length || wanted.some((id) => !given.includes(id))) {
    return `${at} answers [${given.join(', ')}] where [${wanted.join(', ')}] were asked.`;
  }
  // A point of the cache says nothing.
  const others = content.filter((block) => !('toolResult' in block || 'cachePoint' in block));
  return given.length > 0 && others.length > 0 ? `${at} mixes tool results and other content.` : '';
}

function blockProblems(role: Message['role'], block: ContentBlock, at: string): string[] {
  if (Object.keys(block).length !== 1) return [`${at} must have exactly one member.`];
  if ('text' in block) return block.text.trim() === '' ? [`${at} is blank.`] : [];
  if ('reasoningContent' in block) return role === 'assistant' ? [] : [`${at} is reasoning of the user.`];
  if ('toolUse' in block) {
    const { toolUseId, name, input } = block.toolUse;
    return [
      role === 'assistant' ? '' : `${at} is a tool use of the user.`,
      safe.test(toolUseId) ? '' : `${at} has the id "${toolUseId}".`,
      safe.test(name) ? '' : `${at} has the name "${name}".`,
      isObject(input) ? '' : `${at} has an input that is no object.`,
    ];
  }
  if (!('toolResult' in block)) return [];
  const { content, status } = block.toolResult;
  return [
    role === 'user' ? '' : `${at} is a tool result of the assistant.`,
    content.length > 0 ? '' : `${at} has no content.`,
    ...content.map((part) => {
      if ('text' in part) return part.text.trim() === '' ? `${at} holds blank text.` : '';
      if (status === 'error') return `${at} is an error and holds more than text.`;
      return isObject(part.json) ? '' : `${at} holds json that is no object.`;
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

/** JSON that holds one half of a surrogate pair is refused. */
function halfPairProblems(value: unknown, at: string): string[] {
  if (typeof value === 'string') return halfPair.test(value) ? [`${at} holds half a surrogate pair.`] : [];
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return [];
  const found = Object.entries(value).some((entry) =>
    entry.some((part) => halfPairProblems(part, at).length > 0),
  );
  return found ? [`${at} holds half a surrogate pair.`] : [];
}

const halfPair = /\p{Surrogate}/u;

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
