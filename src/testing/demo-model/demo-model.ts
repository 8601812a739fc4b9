import type { Model, ModelRequest } from 'movie-hub';
import type { ModelTool } from '../wire';
import { answerFromResults } from './answer-results';
import type { Question } from './question';
import { readQuestions } from './read-questions';
import { type Answer, streamAnswer } from './stream-answer';
import { findTool, planCall, TOOL_OF } from './tool-calls';

/** How the demo model answers. */
export interface DemoModelOptions {
  /** Milliseconds between two pieces of a text; 8 when not given. */
  delayMs?: number;
}

/**
 * Creates the model that stands in where no real one is configured: a few rules behind the same interface, no AI.
 *
 * It keeps no state and knows no movies. It recognises questions about a title's characters, an actor's roles and the
 * time, calls the tools that the request offers for them, and answers from their results only. Text in a result or in a
 * message never becomes anything but a title, a name, a time or a time zone of such a call.
 */
export function createDemoModel(options: DemoModelOptions = {}): Model {
  const delayMs = options.delayMs ?? 8;
  return {
    id: 'demo (rule-based, no AI)',
    stream: (request, signal) => streamAnswer(answerTo(request), delayMs, signal),
  };
}

function answerTo(request: ModelRequest): Answer {
  const fromResults = answerFromResults(request.messages);
  if (fromResults !== undefined) return { text: fromResults, calls: [] };
  const tools = toolsOnOffer(request);
  const questions = readQuestions(request.messages);
  if (questions.length === 0) return { text: introduction(tools), calls: [] };
  const plans = questions.map((question) => ({ question, call: planCall(question, tools) }));
  const unanswerable = plans.flatMap(({ question, call }) => (call === undefined ? [question.kind] : []));
  return {
    text: [...new Set(unanswerable)]
      .map((kind) => `I have no tool on offer for ${ABILITIES[kind].what}.`)
      .join(' '),
    calls: plans.flatMap(({ call }) => (call === undefined ? [] : [call])),
  };
}

/** The tools of the request; when one of them is demanded, that one alone. */
function toolsOnOffer(request: ModelRequest): readonly ModelTool[] {
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

/** Says what this model is and what it can answer with the tools on offer. */
function introduction(tools: readonly ModelTool[]): string {
  const offered = KINDS.filter((kind) => findTool(TOOL_OF[kind], tools) !== undefined);
  const list = offered.map((kind) => `- ${ABILITIES[kind].what}: "${ABILITIES[kind].example}"`).join('\n');
  return [
    'I am a small rule-based stand-in, not an AI model, and I recognise only a few kinds of questions.',
    offered.length === 0
      ? 'No tool that I know is on offer, so I can look nothing up.'
      : `You can ask me for:\n\n${list}`,
    'With AWS credentials and `BEDROCK_MODEL_ID` set, a real model answers here instead.',
  ].join('\n\n');
}
