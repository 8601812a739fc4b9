import { isMovieHubError, MovieHubError } from '../errors';
import type { AgentEvent, AgentResult } from './agent-event';
import { hasSubstance, toolUseIds } from './messages';
import type { ContentBlock, InferenceSettings, Message, Model, TokenUsage } from './model';
import { type AnswerPart, AnswerReader } from './read-answer';
import { notRun, type PlannedCall, planCall, runCalls } from './run-calls';
import type { Toolbox } from './toolbox';
import { readUntilAborted } from './until-aborted';

/** All that the loop needs; nothing here is optional except what the model may do without. */
export interface LoopOptions {
  model: Model;
  /** In order, as `sanitiseMessages` leaves them, and ending with the user's. */
  messages: readonly Message[];
  system: string;
  inference?: InferenceSettings | undefined;
  toolbox: Toolbox;
  maxTurns: number;
  toolTimeoutMs: number;
  maxToolResultBytes: number;
  signal: AbortSignal;
  emit: (event: AgentEvent) => void;
}

export type LoopOutcome = Omit<AgentResult, 'failedServers'>;

/**
 * Calls the model and the tools it asks for until the model has answered, a limit is reached, or `signal` aborts.
 *
 * Never rejects: what ended it is the stop reason. The transcript is one that Bedrock accepts at every return.
 */
export async function runLoop(options: LoopOptions): Promise<LoopOutcome> {
  const { signal, emit } = options;
  const state: LoopOutcome = {
    text: '',
    stopReason: 'aborted',
    usage: { inputTokens: 0, outputTokens: 0 },
    turns: 0,
    messages: [...options.messages],
  };
  const ids = toolUseIds(state.messages);
  while (!signal.aborted) {
    state.turns += 1;
    const answer = new AnswerReader();
    const error = await ask(options, state.messages, answer);
    state.text = answer.text;
    state.usage = addUsage(state.usage, answer.usage);
    if (error || signal.aborted || answer.stopReason === undefined) {
      addAnswer(state.messages, withoutRequests(answer.parts()));
      return signal.aborted ? state : { ...state, stopReason: 'error', error: error ?? cutOff() };
    }
    const { stopReason } = answer;
    const { content, calls } = planCalls(answer.parts(), options.toolbox, ids);
    const step = { type: 'step_finished', step: state.turns, stopReason, usage: answer.usage } as const;
    if (calls.length === 0 || !mayRunTools(stopReason)) {
      addAnswer(state.messages, withoutRequests(answer.parts()));
      emit(step);
      return { ...state, stopReason: stopReason === 'tool_use' ? 'end_turn' : stopReason };
    }
    addAnswer(state.messages, content);
    const atLimit = state.turns >= options.maxTurns;
    const results = atLimit ? calls.map((call) => notRun(call)) : await runCalls(calls, options);
    state.messages.push({ role: 'user', content: results.map((toolResult) => ({ toolResult })) });
    emit(step);
    if (atLimit) return { ...state, stopReason: 'max_turns' };
  }
  return state;
}

/** Adds up tokens; cache counts are kept only where a model gave them. */
function addUsage(a: TokenUsage, b: TokenUsage): TokenUsage {
  const sum: TokenUsage = {
    inputTokens: a.inputTokens + b.inputTokens,
    outputTokens: a.outputTokens + b.outputTokens,
  };
  for (const key of ['cacheReadInputTokens', 'cacheWriteInputTokens'] as const) {
    if (a[key] !== undefined || b[key] !== undefined) sum[key] = (a[key] ?? 0) + (b[key] ?? 0);
  }
  return sum;
}

async function ask(
  { model, system, inference, toolbox, signal, emit }: LoopOptions,
  messages: readonly Message[],
  answer: AnswerReader,
): Promise<MovieHubError | undefined> {
  try {
    const request = { system, messages, tools: toolbox.specs, ...(inference ? { inference } : {}) };
    for await (const event of readUntilAborted(model.stream(request, signal), signal)) {
      const visible = answer.accept(event);
      if (visible) emit(visible);
    }
    return undefined;
  } catch (cause) {
    // After messageStop nothing is missing but the count of tokens.
    if (answer.stopReason !== undefined) return undefined;
    if (isMovieHubError(cause)) return cause;
    return new MovieHubError('model_failed', 'The model failed or could not be reached.', { cause });
  }
}

function cutOff(): MovieHubError {
  return new MovieHubError('model_failed', 'The answer of the model ended before it was whole.');
}

/** `end_turn` with a tool asked for is said by mistake; after any other reason the arguments may not be whole. */
function mayRunTools(stopReason: string): boolean {
  return stopReason === 'tool_use' || stopReason === 'end_turn' || stopReason === 'stop_sequence';
}

function planCalls(parts: readonly AnswerPart[], toolbox: Toolbox, ids: Set<string>) {
  const calls: PlannedCall[] = [];
  const content = parts.map((part): ContentBlock => {
    if (!('request' in part)) return part;
    const call = planCall(part.request, toolbox, ids);
    calls.push(call);
    return { toolUse: call.toolUse };
  });
  return { content, calls };
}

function withoutRequests(parts: readonly AnswerPart[]): ContentBlock[] {
  return parts.filter((part) => !('request' in part)) as ContentBlock[];
}

function addAnswer(messages: Message[], content: ContentBlock[]): void {
  if (hasSubstance(content)) messages.push({ role: 'assistant', content });
}
