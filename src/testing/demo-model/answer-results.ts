import type { ContentBlock, JsonObject, Message } from 'movie-hub';
import {
  charactersText,
  conversionText,
  objectOf,
  rolesText,
  suggestionsText,
  timeText,
} from './answer-text';
import { escapeMarkdown } from './escape-markdown';
import { TOOL_OF } from './tool-calls';

type ToolResult = Extract<ContentBlock, { toolResult: unknown }>['toolResult'];

/**
 * Answers in markdown from the tool results of the last message only; undefined without any.
 *
 * When nothing was found, it repeats the tool's message without the question, so that a hidden title reads like a missing one.
 */
export function answerFromResults(messages: readonly Message[]): string | undefined {
  const last = messages.at(-1);
  const results =
    last?.role === 'user'
      ? last.content.flatMap((block) => ('toolResult' in block ? [block.toolResult] : []))
      : [];
  if (results.length === 0) return undefined;
  const names = toolNames(messages);
  return results.map((result) => answerFromResult(result, names.get(result.toolUseId) ?? '')).join('\n\n');
}

const WRITERS: ReadonlyArray<readonly [tool: string, write: (found: JsonObject) => string]> = [
  [TOOL_OF.title, charactersText],
  [TOOL_OF.actor, rolesText],
  [TOOL_OF.time, timeText],
  [TOOL_OF.conversion, conversionText],
];

function toolNames(messages: readonly Message[]): Map<string, string> {
  const uses = messages.flatMap((message) =>
    message.content.flatMap((block) => ('toolUse' in block ? [block.toolUse] : [])),
  );
  return new Map(uses.map((use) => [use.toolUseId, use.name]));
}

function answerFromResult(result: ToolResult, name: string): string {
  const text = resultText(result);
  if (result.status === 'error') {
    const tool = name === '' ? 'A tool' : `The tool ${escapeMarkdown(name)}`;
    return `${tool} failed${text === '' ? '.' : `: ${escapeMarkdown(text)}`}`;
  }
  const found = resultObject(result);
  const write = WRITERS.find(([tool]) => name.includes(tool))?.[1];
  if (found === undefined || write === undefined)
    return text === '' ? 'The tool returned nothing.' : escapeMarkdown(text);
  if (found.found === false) return suggestionsText(found);
  return write(found);
}

/** Returns the result as an object: its JSON, or its text parsed as JSON. */
function resultObject(result: ToolResult): JsonObject | undefined {
  for (const part of result.content) if ('json' in part) return objectOf(part.json);
  try {
    const value: unknown = JSON.parse(resultText(result));
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as JsonObject)
      : undefined;
  } catch {
    return undefined;
  }
}

function resultText(result: ToolResult): string {
  // The agent puts results between two markers.
  const parts = result.content.length === 3 ? result.content.slice(1, 2) : result.content;
  return parts
    .map((part) => ('text' in part ? part.text : JSON.stringify(part.json)))
    .join('\n')
    .trim();
}
