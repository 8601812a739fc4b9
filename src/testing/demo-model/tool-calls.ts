import type { JsonObject } from 'movie-hub';
import type { ModelTool } from '../wire';
import type { Question } from './question';

/** A tool call with a name and arguments of the request's tools. */
export interface PlannedCall {
  name: string;
  input: JsonObject;
}

/** The tool for each kind of question, by its name on the server. */
export const TOOL_OF: Readonly<Record<Question['kind'], string>> = {
  title: 'get_movie_characters',
  actor: 'get_actor_roles',
  time: 'get_current_time',
  conversion: 'convert_time',
};

/**
 * Plans the tool call for a question; undefined when no tool fits.
 *
 * Its arguments are only the title, name, time and time zones of the question. A tool whose schema lacks one of them, or requires
 * others, is not called.
 */
export function planCall(question: Question, tools: readonly ModelTool[]): PlannedCall | undefined {
  const tool = findTool(TOOL_OF[question.kind], tools);
  if (tool === undefined) return undefined;
  const input = toolInput(question);
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

function toolInput(question: Question): JsonObject {
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
