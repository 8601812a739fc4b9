import type { JsonObject } from 'movie-hub';
import type { ModelTool } from '../wire';
import type { Question } from './question';

/** A tool call: the name on offer, and arguments that its schema knows. */
export interface PlannedCall {
  name: string;
  input: JsonObject;
}

/** The tool that answers each kind of question, as its server names it. */
export const TOOL_OF: Readonly<Record<Question['kind'], string>> = {
  title: 'get_movie_characters',
  actor: 'get_actor_roles',
  time: 'get_current_time',
  conversion: 'convert_time',
};

/**
 * Plans the call that answers a question, or returns undefined when no tool on offer can.
 *
 * The arguments are the title, the name, the time and the zones of the question and no others; a tool whose schema lacks
 * one of them, or requires more than them, is not called.
 */
export function planCall(question: Question, tools: readonly ModelTool[]): PlannedCall | undefined {
  const tool = findTool(TOOL_OF[question.kind], tools);
  if (tool === undefined) return undefined;
  const input = argumentsOf(question);
  const properties = tool.inputSchema.properties;
  const known = isObject(properties) ? Object.keys(properties) : [];
  const required = Array.isArray(tool.inputSchema.required) ? tool.inputSchema.required : [];
  const fits = Object.keys(input).every((name) => known.includes(name));
  const isComplete = required.every((name) => typeof name === 'string' && Object.hasOwn(input, name));
  return fits && isComplete ? { name: tool.name, input } : undefined;
}

/** Finds a tool by its own name, or by a name that contains it, such as `movies_get_movie_characters`. */
export function findTool(name: string, tools: readonly ModelTool[]): ModelTool | undefined {
  return tools.find((tool) => tool.name === name) ?? tools.find((tool) => tool.name.includes(name));
}

function argumentsOf(question: Question): JsonObject {
  switch (question.kind) {
    case 'title':
      return { title: question.title };
    case 'actor':
      return { actor: question.actor };
    case 'time':
      return question.timeZone === undefined ? {} : { time_zone: question.timeZone };
    case 'conversion':
      return { time: question.time, from_time_zone: question.from, to_time_zone: question.to };
  }
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
