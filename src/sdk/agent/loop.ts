import { MovieHubError } from '../errors';
import type { Ask, Asked } from './ask-model';
import type { AgentResult, Emit } from './events';
import { type CheckedLimits, Deadline, type LimitStopReason, limitReached, stopReasonOf } from './limits';
import { errorResult, hasSubstance, sanitiseMessages } from './messages';
import type { ContentBlock, JsonObject, Message, ToolResult } from './model';
import type { AnswerPart } from './read-answer';
import { type CallRunner, notRun, type PlannedCall } from './run-calls';
import { addUsage, costOf, noTokens, type TokenPrices } from './tokens';
import { stringifyJson, toJsonObject } from './wire';

export interface LoopOptions {
  /** The id of the model, which the transcript notes. */
  model: string;
  /** In order, as `sanitiseMessages` leaves them, and ending with the user's. */
  messages: readonly Message[];
  ask: Ask;
  calls: CallRunner;
  limits: CheckedLimits;
  prices: TokenPrices | undefined;
  signal: AbortSignal;
  emit: Emit;
}

export type LoopOutcome = Omit<AgentResult, 'failedServers'>;

/**
 * Calls the model and the tools it asks for until the model has answered, a limit is reached, or `signal` aborts.
 *
 * Never rejects: the stop reason says what ended it, also where that is a bug of this library. Bedrock accepts the transcript of
 * every outcome.
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
  const { signal, limits, ask, prices } = options;
  for (;;) {
    if (signal.aborted) return { ...state, stopReason: stopReasonOf(signal) };
    const deadline = new Deadline(signal);
    deadline.start('step_timeout', limits.stepTimeoutMs);
    try {
      const asked = await ask({ step: state.turns + 1, messages: state.messages }, deadline.signal);
      count(state, asked, prices);
      const end = await takeAnswer(asked, state, options, deadline.signal);
      if (end) return { ...state, ...end };
    } finally {
      deadline.end();
    }
  }
}

/** Counts a step in which the model sent anything, whatever its end. */
function count(state: LoopOutcome, { answer, offered, usage }: Asked, prices: TokenPrices | undefined): void {
  if (offered) state.text = answer.text;
  if (!usage) return;
  state.turns += 1;
  state.usage = addUsage(state.usage, usage);
  if (prices) state.cost = costOf(state.usage, prices);
}

type End = Pick<LoopOutcome, 'stopReason' | 'error'>;

/** Adds the answer to the transcript, and runs the tools it asks for. Returns how the run ends, if it does. */
async function takeAnswer(
  { answer, offered = [], usage = noTokens, ended, error }: Asked,
  state: LoopOutcome,
  options: LoopOptions,
  signal: AbortSignal,
): Promise<End | undefined> {
  if (error || ended || signal.aborted || answer.stopReason === undefined) {
    addAnswer(state.messages, withoutRequests(answer.parts()), options.model);
    if (signal.aborted) return { stopReason: stopReasonOf(signal) };
    if (ended) return { stopReason: ended };
    return { stopReason: 'error', error: error ?? cutOff() };
  }
  const { stopReason } = answer;
  const cost = options.prices && { cost: costOf(usage, options.prices) };
  const trace = answer.trace && { trace: answer.trace };
  const finish = () =>
    options.emit({ type: 'step_finished', step: state.turns, stopReason, usage, ...cost, ...trace });
  const calls: PlannedCall[] = [];
  const content = answer.parts().map((part): ContentBlock => {
    if (!('request' in part)) return part;
    const call = options.calls.plan(part.request, offered);
    calls.push(call);
    return { toolUse: call.toolUse };
  });
  if (stopReason === 'guardrail_intervened' && !passedInput(answer.trace)) removeBlocked(state.messages);
  if (calls.length === 0 || !mayRunTools(stopReason)) {
    addAnswer(state.messages, withoutRequests(answer.parts()), options.model);
    finish();
    return { stopReason: stopReason === 'tool_use' ? 'end_turn' : stopReason };
  }
  addAnswer(state.messages, content, options.model);
  const { results, limit } = await runWithinLimits(calls, state, options, signal);
  state.messages.push({ role: 'user', content: results.map((toolResult) => ({ toolResult })) });
  finish();
  if (signal.aborted) return { stopReason: stopReasonOf(signal) };
  return limit && { stopReason: limit };
}

/** Runs the calls that the limits leave room for; the results of the others name the limit. */
async function runWithinLimits(
  calls: readonly PlannedCall[],
  state: LoopOutcome,
  { limits, calls: runner }: LoopOptions,
  signal: AbortSignal,
): Promise<{ results: ToolResult[]; limit: LimitStopReason | undefined }> {
  const reached = limitReached(state, limits);
  if (reached) return { results: calls.map((call) => notRun(call, reached)), limit: reached };
  const room = limits.maxToolCalls - state.toolCalls;
  const begun = calls.slice(0, room);
  state.toolCalls += begun.length;
  const results = await runner.run(begun, signal);
  const left = calls.slice(room).map((call) => notRun(call, 'max_tool_calls'));
  return { results: [...results, ...left], limit: left.length > 0 ? 'max_tool_calls' : undefined };
}

/** Whether a guardrail's trace says that it let the input pass, and blocked the answer. */
function passedInput(trace: JsonObject | undefined): boolean {
  const assessment = toJsonObject(trace?.guardrail)?.inputAssessment;
  return trace !== undefined && !/"action":"BLOCKED"/.test(stringifyJson(assessment) ?? '');
}

/** Replaces the message that a guardrail blocked: it would block every later question of the transcript. */
function removeBlocked(messages: Message[]): void {
  const blocked = messages.pop();
  if (blocked === undefined) return;
  const results = blocked.content.flatMap((block) =>
    'toolResult' in block ? [block.toolResult.toolUseId] : [],
  );
  const text = 'Removed: a guardrail blocked this.';
  const content =
    results.length > 0
      ? results.map((id) => ({ toolResult: errorResult(id, text) }))
      : [{ text: `(${text})` }];
  messages.push({ role: 'user', content });
}

function cutOff(): MovieHubError {
  return new MovieHubError('model_failed', 'The answer of the model ended before it was whole.');
}

/** Some models say `end_turn` beside a request for a tool; after other reasons its arguments may be incomplete. */
function mayRunTools(stopReason: string): boolean {
  return stopReason === 'tool_use' || stopReason === 'end_turn' || stopReason === 'stop_sequence';
}

function withoutRequests(parts: readonly AnswerPart[]): ContentBlock[] {
  return parts.filter((part) => !('request' in part)) as ContentBlock[];
}

function addAnswer(messages: Message[], content: ContentBlock[], model: string): void {
  if (hasSubstance(content)) messages.push({ role: 'assistant', content, model });
}
