import type { Model, ModelRequest } from 'movie-hub';
import type { ModelTool } from '../wire';
import { answerFromResults } from './answer-results';
import type { Question } from './question';
import { readQuestions } from './read-questions';
import { type Answer, streamAnswer } from './stream-answer';
import { findTool, planCall, TOOL_OF } from './tool-calls';

/** Options of the demo model. */
export interface DemoModelOptions {
  /** Milliseconds between two pieces of text; by default 8. */
  delayMs?: number;
}

/**
 * Creates a rule-based stand-in for a model, not an AI, with the same interface.
 *
 * It has no state and knows no movies. It recognises questions about a title's characters, an actor's roles and the time, calls
 * the request's tools for them, and answers only from their results. Text of a message or result is used only as the title,
 * name, time or time zone of such a call.
 */
export function createDemoModel(options: DemoModelOptions = {}): Model {
  const delayMs = options.delayMs ?? 8;
  return {
    id: 'demo',
    stream: (request, signal) => streamAnswer(answerTo(request), delayMs, signal),
  };
}

function answerTo(request: ModelRequest): Answer {
  const fromResults = answerFromResults(request.messages);
  if (fromResults !== undefined) return { text: fromResults, calls: [] };
  const tools = availableTools(request);
  const questions = readQuestions(request.messages);
  if (questions.length === 0) return { text: introduction(tools), calls: [] };
  const plans = questions.map((question) => ({ question, call: planCall(question, tools) }));
  const unanswerable = plans.flatMap(({ question, call }) => (call === undefined ? [question.kind] : []));
  return {
    text: [...new Set(unanswerable)].map((kind) => `I have no tool for ${ABILITIES[kind].what}.`).join(' '),
    calls: plans.flatMap(({ call }) => (call === undefined ? [] : [call])),
  };
}

/** Returns the tools of the request, or only the one that it forces. */
function availableTools(request: ModelRequest): readonly ModelTool[] {
  const tools = request.tools ?? [];
  const { toolChoice } = request;
  if (toolChoice === undefined || !('tool' in toolChoice)) return tools;
  return tools.filter((tool) => tool.name === toolChoice.tool.name);
}

const ABILITIES: Readonly<Record<Question['kind'], { what: string; example: string }>> = {
  title: { what: 'the characters of a title', example: 'Who is in The Godfather?' },
  actor: { what: 'the roles of an actor', example: 'What roles did Peter Sellers play?' },
  time: { what: 'the time in a place', example: 'What time is it in Tokyo?' },
  conversion: {
    what: 'a time in another place',
    example: 'If it is 15:00 in London, what time is it in Tokyo?',
  },
};

const KINDS = ['title', 'actor', 'time', 'conversion'] as const;

/** Describes this model and what it can answer with the available tools. */
function introduction(tools: readonly ModelTool[]): string {
  const offered = KINDS.filter((kind) => findTool(TOOL_OF[kind], tools) !== undefined);
  const list = offered.map((kind) => `- ${ABILITIES[kind].what}: "${ABILITIES[kind].example}"`).join('\n');
  return [
    'I am a rule-based stand-in, not an AI model. I understand only a few kinds of questions.',
    offered.length === 0
      ? 'None of the tools that I know is available, so I cannot look anything up.'
      : `You can ask for:\n\n${list}`,
    'To use a real model, set AWS credentials and `BEDROCK_MODEL_ID`.',
  ].join('\n\n');
}
