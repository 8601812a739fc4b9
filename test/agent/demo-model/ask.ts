import type { JsonObject, Message, ModelEvent, ModelRequest } from 'movie-hub';
import type { ModelTool, ToolResult } from '../../../src/sdk/agent/model';
import { createDemoModel } from '../../../src/testing/demo-model/demo-model';

/** What the demo model answered, put together from its events. */
export interface Asked {
  text: string;
  calls: Array<{ toolUseId: string; name: string; input: JsonObject }>;
  stopReason: string | undefined;
  events: ModelEvent[];
}

/** The four tools as the movie server and the time server describe them. */
export const TOOLS: readonly ModelTool[] = [
  tool('get_movie_characters', ['title'], ['title']),
  tool('get_actor_roles', ['actor'], ['actor']),
  tool('get_current_time', ['time_zone'], []),
  tool(
    'convert_time',
    ['time', 'from_time_zone', 'to_time_zone'],
    ['time', 'from_time_zone', 'to_time_zone'],
  ),
];

/** Makes a tool with string properties. */
export function tool(name: string, properties: string[], required: string[]): ModelTool {
  return {
    name,
    description: `Describes ${name}.`,
    inputSchema: {
      type: 'object',
      properties: Object.fromEntries(properties.map((property) => [property, { type: 'string' }])),
      required,
      additionalProperties: false,
    },
  };
}

/** Makes a user's message. */
export function user(...texts: string[]): Message {
  return { role: 'user', content: texts.map((text) => ({ text })) };
}

/** Asks the model with the four tools on offer, unless the request says otherwise. */
export async function ask(...messages: Array<string | Message>): Promise<Asked> {
  return askWith({ tools: TOOLS }, ...messages);
}

/** Asks the model with these tools, tool choice or signal. */
export async function askWith(
  options: Omit<ModelRequest, 'messages'> & { signal?: AbortSignal },
  ...messages: Array<string | Message>
): Promise<Asked> {
  const { signal = new AbortController().signal, ...request } = options;
  const transcript = messages.map((message) => (typeof message === 'string' ? user(message) : message));
  const events: ModelEvent[] = [];
  for await (const event of createDemoModel({ delayMs: 0 }).stream(
    { ...request, messages: transcript },
    signal,
  )) {
    events.push(event);
  }
  return { ...assembled(events), events };
}

/** What a tool answered: the object that it found, or content as it is. */
export type Answered = JsonObject | Pick<ToolResult, 'content' | 'status'>;

/** Answers a question from tool results, each with the name of its tool, as the agent would hand them over. */
export async function answerFrom(...results: Array<[name: string, result: Answered]>): Promise<Asked> {
  const uses = results.map(([name], index) => ({ toolUse: { toolUseId: `use-${index}`, name, input: {} } }));
  const answers = results.map(([, result], index) => ({
    toolResult: {
      toolUseId: `use-${index}`,
      ...(isContent(result) ? result : { content: [{ json: result }] }),
    },
  }));
  return ask(
    'Who is in the movie Asked For?',
    { role: 'assistant', content: uses },
    { role: 'user', content: answers },
  );
}

function isContent(result: Answered): result is Pick<ToolResult, 'content' | 'status'> {
  return Array.isArray(result.content);
}

function assembled(events: readonly ModelEvent[]): Omit<Asked, 'events'> {
  const asked: Omit<Asked, 'events'> = { text: '', calls: [], stopReason: undefined };
  const inputs: string[] = [];
  for (const event of events) {
    if ('contentBlockStart' in event && event.contentBlockStart.start.toolUse) {
      asked.calls.push({ ...event.contentBlockStart.start.toolUse, input: {} });
      inputs.push('');
    }
    if ('contentBlockDelta' in event && 'text' in event.contentBlockDelta.delta) {
      asked.text += event.contentBlockDelta.delta.text;
    }
    if ('contentBlockDelta' in event && 'toolUse' in event.contentBlockDelta.delta) {
      inputs.push(`${inputs.pop() ?? ''}${event.contentBlockDelta.delta.toolUse.input}`);
    }
    if ('messageStop' in event) asked.stopReason = event.messageStop.stopReason;
  }
  asked.calls.forEach((call, index) => {
    call.input = JSON.parse(inputs[index] ?? '') as JsonObject;
  });
  return asked;
}
