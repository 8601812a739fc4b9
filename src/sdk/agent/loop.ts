import { MovieHubError } from '../errors';
import { type Asked, askModel } from './ask-model';
import type { AgentResult, Emit } from './events';
import {
  type CheckedLimits,
  costOf,
  Deadline,
  type LimitStopReason,
  limitReached,
  stopReasonOf,
  type TokenPrices,
} from './limits';
import { hasSubstance, sanitiseMessages, toolUseIds } from './messages';
import type { ContentBlock, InferenceSettings, Message, Model, ModelTool, ToolResult } from './model';
import type { AnswerPart } from './read-answer';
import { notRun, type PlannedCall, planCall, runCalls } from './run-calls';
import type { RunSteering } from './run-options';
import type { Toolbox } from './servers/toolbox';
import { addUsage, noTokens } from './tokens';

/** All that the loop needs; nothing here is optional except what the model may do without. */
export interface LoopOptions extends RunSteering {
  model: Model;
  /** In order, as `sanitiseMessages` leaves them, and ending with the user's. */
  messages: readonly Message[];
  system: string;
  inference?: InferenceSettings | undefined;
  toolbox: Toolbox;
  /** What tool results are fenced with. */
  fence: string;
  limits: CheckedLimits;
  prices?: TokenPrices | undefined;
  signal: AbortSignal;
  emit: Emit;
}

export type LoopOutcome = Omit<AgentResult, 'failedServers'>;

/**
 * Calls the model and the tools it asks for until the model has answered, a limit is reached, or `signal` aborts.
 *
 * Never rejects: what ended it is the stop reason, also where that is a defect of this library. The transcript is one that Bedrock
 * accepts at every return.
 */
export async function runLoop(options: LoopOptions): Promise<LoopOutcome> {
  const state: LoopOutcome = {
    text: '',
    stopReason: 'aborted',
    usage: noTokens,
    turns: 0,
    toolCalls: 0,
    messages: [...options.messages],
    ...(options.prices && { cost: 0 }),
  };
  try {
    return await runSteps(state, options);
  } catch (cause) {
    const error = new MovieHubError('internal', 'The run failed.', { cause });
    return { ...state, stopReason: 'error', messages: sanitiseMessages(state.messages), error };
  }
}

async function runSteps(state: LoopOutcome, options: LoopOptions): Promise<LoopOutcome> {
  const { signal, limits } = options;
  const ids = toolUseIds(state.messages);
  for (;;) {
    if (signal.aborted) return { ...state, stopReason: stopReasonOf(signal) };
    const deadline = new Deadline(signal);
    deadline.start('step_timeout', limits.stepTimeoutMs);
    try {
      const question = { ...options, messages: state.messages, step: state.turns + 1 };
      const asked = await askModel(question, deadline.signal);
      count(state, asked, options.prices);
      const end = await takeAnswer(asked, state, options, deadline.signal, ids);
      if (end) return { ...state, ...end };
    } finally {
      deadline.end();
    }
  }
}

type End = Pick<LoopOutcome, 'stopReason' | 'error'>;

/** Adds the answer to the transcript, and runs what it asks for. Returns how the run ends, if it does. */
async function takeAnswer(
  { answer, offered = [], usage = noTokens, ended, error }: Asked,
  state: LoopOutcome,
  options: LoopOptions,
  signal: AbortSignal,
  ids: Set<string>,
): Promise<End | undefined> {
  if (error || ended || signal.aborted || answer.stopReason === undefined) {
    addAnswer(state.messages, withoutRequests(answer.parts()));
    if (signal.aborted) return { stopReason: stopReasonOf(signal) };
    if (ended) return { stopReason: ended };
    return { stopReason: 'error', error: error ?? cutOff() };
  }
  const { stopReason } = answer;
  const cost = options.prices && { cost: costOf(usage, options.prices) };
  const finish = () => options.emit({ type: 'step_finished', step: state.turns, stopReason, usage, ...cost });
  const { content, calls } = planCalls(answer.parts(), options.toolbox, offered, ids);
  if (calls.length === 0 || !mayRunTools(stopReason)) {
    addAnswer(state.messages, withoutRequests(answer.parts()));
    finish();
    return { stopReason: stopReason === 'tool_use' ? 'end_turn' : stopReason };
  }
  addAnswer(state.messages, content);
  const { results, limit } = await answerCalls(calls, state, options, signal);
  state.messages.push({ role: 'user', content: results.map((toolResult) => ({ toolResult })) });
  finish();
  if (signal.aborted) return { stopReason: stopReasonOf(signal) };
  return limit && { stopReason: limit };
}

/** Runs what the limits leave room for; each of the others is told why it was not. */
async function answerCalls(
  calls: readonly PlannedCall[],
  state: LoopOutcome,
  options: LoopOptions,
  signal: AbortSignal,
): Promise<{ results: ToolResult[]; limit: LimitStopReason | undefined }> {
  const { limits } = options;
  const reached = limitReached(state, limits);
  if (reached) return { results: calls.map((call) => notRun(call, reached)), limit: reached };
  const room = limits.maxToolCalls - state.toolCalls;
  const begun = calls.slice(0, room);
  state.toolCalls += begun.length;
  const results = await runCalls(begun, { ...options, signal });
  const left = calls.slice(room).map((call) => notRun(call, 'max_tool_calls'));
  return { results: [...results, ...left], limit: left.length > 0 ? 'max_tool_calls' : undefined };
}

/** Counts a step in which the model said something, whatever came of it. */
function count(state: LoopOutcome, { answer, offered, usage }: Asked, prices: TokenPrices | undefined): void {
  if (offered) state.text = answer.text;
  if (!usage) return;
  state.turns += 1;
  state.usage = addUsage(state.usage, usage);
  if (prices) state.cost = costOf(state.usage, prices);
}

function cutOff(): MovieHubError {
  return new MovieHubError('model_failed', 'The answer of the model ended before it was whole.');
}

/** `end_turn` with a tool asked for is said by mistake; after any other reason the arguments may not be whole. */
function mayRunTools(stopReason: string): boolean {
  return stopReason === 'tool_use' || stopReason === 'end_turn' || stopReason === 'stop_sequence';
}

function planCalls(
  parts: readonly AnswerPart[],
  toolbox: Toolbox,
  offered: readonly ModelTool[],
  ids: Set<string>,
) {
  const calls: PlannedCall[] = [];
  const content = parts.map((part): ContentBlock => {
    if (!('request' in part)) return part;
    const call = planCall(part.request, toolbox, offered, ids);
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
