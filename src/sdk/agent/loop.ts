import { isMovieHubError, MovieHubError } from '../errors';
import type { Ask, Asked } from './ask-model';
import type { AgentResult, Emit } from './events';
import { type CheckedLimits, Deadline, limitReached, stopReasonOf } from './limits';
import { errorResult, hasSubstance, removeBlocked, sanitiseMessages } from './messages';
import type { ContentBlock, JsonObject, ToolResult } from './model';
import { correctionText, noOutput, type OutputForm } from './output';
import type { AnswerPart } from './read-answer';
import { type CallRunner, notRun, type PlannedCall } from './run-calls';
import type { Journal, StoredRun } from './store';
import { addUsage, costOf, noTokens, type TokenPrices } from './tokens';
import { stringifyJson, toJsonObject } from './wire';

export interface LoopOptions {
  /** The id of the model, which the transcript notes. */
  model: string;
  /** Where the run stands: at its beginning, or where another process left it. */
  from: StoredRun;
  ask: Ask;
  calls: CallRunner;
  output: OutputForm | undefined;
  journal: Journal;
  limits: CheckedLimits;
  prices: TokenPrices | undefined;
  signal: AbortSignal;
  emit: Emit;
}

export type LoopOutcome = Omit<AgentResult, 'failedServers' | 'runId'>;

/**
 * Calls the model and the tools it asks for until the model has answered, a limit is reached, or `signal` aborts.
 *
 * Never rejects: the stop reason says what ended it, also where that is a bug of this library. Bedrock accepts the transcript of
 * every outcome.
 */
export async function runLoop(options: LoopOptions): Promise<LoopOutcome> {
  const { from, prices } = options;
  const { messages, turns, toolCalls, usage } = from;
  const state: LoopOutcome = {
    text: '',
    stopReason: 'aborted',
    usage,
    turns,
    toolCalls,
    messages: [...messages],
    ...(prices && { cost: costOf(usage, prices) }),
  };
  try {
    const end = await new Loop(state, options).run();
    return { ...state, ...end };
  } catch (cause) {
    const error = isMovieHubError(cause)
      ? cause
      : new MovieHubError('internal', 'The run failed.', { cause });
    return { ...state, stopReason: 'error', messages: sanitiseMessages(state.messages), error };
  }
}

type End = Pick<LoopOutcome, 'stopReason' | 'error' | 'output' | 'awaiting'>;

/** An answer that was noted, and the calls that it asks for. */
interface Answered {
  readonly content: ContentBlock[];
  readonly calls: readonly PlannedCall[];
  /** Emits the end of the step. */
  finish(): void;
}

class Loop {
  readonly #state: LoopOutcome;
  readonly #options: LoopOptions;
  #corrections: number;

  constructor(state: LoopOutcome, options: LoopOptions) {
    this.#state = state;
    this.#options = options;
    this.#corrections = options.from.corrections;
  }

  async run(): Promise<End> {
    const { signal, limits, from } = this.#options;
    const left = await this.#finishEarlier(from);
    if (left) return left;
    for (;;) {
      if (signal.aborted) return { stopReason: stopReasonOf(signal) };
      const deadline = new Deadline(signal);
      deadline.start('step_timeout', limits.stepTimeoutMs);
      try {
        const end = await this.#step(deadline.signal);
        if (end) return end;
      } finally {
        deadline.end();
      }
    }
  }

  /** Makes the calls that an earlier process left open, and ends the run where its model had ended it. */
  async #finishEarlier({ unfinished, messages, stopReason }: StoredRun): Promise<End | undefined> {
    const { calls, limits, signal } = this.#options;
    const last = unfinished?.message ?? messages.at(-1);
    if (last?.role === 'assistant')
      this.#state.text = last.content.map((block) => ('text' in block ? block.text : '')).join('');
    if (unfinished === undefined) return stopReason === undefined ? undefined : this.#endWith(stopReason);
    const { message } = unfinished;
    this.#state.messages.push(message);
    const deadline = new Deadline(signal);
    deadline.start('step_timeout', limits.stepTimeoutMs);
    try {
      const answered = { content: message.content, calls: calls.replan(unfinished), finish: () => undefined };
      return await this.#runCalls(answered, deadline.signal);
    } finally {
      deadline.end();
    }
  }

  async #step(signal: AbortSignal): Promise<End | undefined> {
    const { ask, output } = this.#options;
    const mustAnswer = output !== undefined && this.#corrections > 0;
    const { turns, messages } = this.#state;
    const asked = await ask(
      { step: turns + 1, messages, ...(mustAnswer && { mustCall: output.tool }) },
      signal,
    );
    this.#count(asked);
    const { answer, ended, error } = asked;
    if (error || ended || signal.aborted || answer.stopReason === undefined) {
      this.#addAnswer(withoutRequests(answer.parts()));
      if (signal.aborted) return { stopReason: stopReasonOf(signal) };
      if (ended) return { stopReason: ended };
      return { stopReason: 'error', error: error ?? cutOff() };
    }
    const isBlocked = answer.stopReason === 'guardrail_intervened' && !passedInput(answer.trace);
    const answered = await this.#note(asked, answer.stopReason, isBlocked);
    if (isBlocked) removeBlocked(this.#state.messages);
    this.#addAnswer(answered.content);
    if (answered.calls.length > 0) return this.#runCalls(answered, signal);
    answered.finish();
    return this.#endWith(answer.stopReason);
  }

  /** Ends the run after an answer without calls, unless the answer in its form is still to come. */
  async #endWith(given: string): Promise<End | undefined> {
    const { output } = this.#options;
    const stopReason = given === 'tool_use' ? 'end_turn' : given;
    return output && mayGoOn(stopReason) ? this.#correct(output) : { stopReason };
  }

  /** Counts a step in which the model sent anything, whatever its end. */
  #count({ answer, offered, usage }: Asked): void {
    const { prices } = this.#options;
    const state = this.#state;
    if (offered) state.text = answer.text;
    if (!usage) return;
    state.turns += 1;
    state.usage = addUsage(state.usage, usage);
    if (prices) state.cost = costOf(state.usage, prices);
  }

  /** Plans the calls of an answer, and keeps it before anything is done. */
  async #note(
    { answer, offered = [], usage = noTokens }: Asked,
    stopReason: string,
    isBlocked: boolean,
  ): Promise<Answered> {
    const { calls: runner, emit, prices, journal, model } = this.#options;
    const calls: PlannedCall[] = [];
    const mayRun = mayRunTools(stopReason);
    const parts = mayRun ? answer.parts() : withoutRequests(answer.parts());
    const content = parts.map((part): ContentBlock => {
      if (!('request' in part)) return part;
      const call = runner.plan(part.request, offered);
      calls.push(call);
      return { toolUse: call.toolUse };
    });
    const problems = calls.flatMap(({ toolUse, problem }) => (problem ? [[toolUse.toolUseId, problem]] : []));
    await journal.write({
      type: 'step',
      message: { role: 'assistant', content, model },
      usage,
      stopReason,
      problems: Object.fromEntries(problems) as Record<string, string>,
      ...(isBlocked && { isBlocked }),
    });
    const cost = prices && { cost: costOf(usage, prices) };
    const trace = answer.trace && { trace: answer.trace };
    const step = this.#state.turns;
    return {
      content,
      calls,
      finish: () => emit({ type: 'step_finished', step, stopReason, usage, ...cost, ...trace }),
    };
  }

  async #runCalls({ calls, finish }: Answered, signal: AbortSignal): Promise<End | undefined> {
    const { output, journal } = this.#options;
    const isAnswer = ({ toolUse }: PlannedCall) => toolUse.name === output?.tool.name;
    const [given, ...more] = calls.filter(isAnswer);
    const others = calls.filter((call) => !isAnswer(call));
    const { results, limit, awaiting } = await this.#runWithinLimits(others, signal);
    const end = given && output ? await this.#takeOutput(given, output, results) : undefined;
    const unread = more.map(({ toolUse }) => errorResult(toolUse.toolUseId, 'Not read: give one answer.'));
    const answers = [...(end?.results ?? []), ...unread];
    // An answer that ends the run is kept with its end: until then it can be read again.
    if (!end?.end) for (const result of answers) await journal.write({ type: 'result', toolResult: result });
    const all = [...results, ...answers];
    const inOrder = calls.flatMap(
      ({ toolUse }) => all.find(({ toolUseId }) => toolUseId === toolUse.toolUseId) ?? [],
    );
    this.#state.messages.push({ role: 'user', content: inOrder.map((toolResult) => ({ toolResult })) });
    finish();
    if (awaiting.length > 0) return { stopReason: 'awaiting_approval', awaiting };
    if (signal.aborted) return { stopReason: stopReasonOf(signal) };
    if (end?.end) return end.end;
    return limit && { stopReason: limit };
  }

  /**
   * Runs the calls that the limits leave room for; the results of the others name the limit. Calls that an earlier process has made
   * are among the first: whatever the limits are now, they took place.
   */
  async #runWithinLimits(calls: readonly PlannedCall[], signal: AbortSignal) {
    const { limits, calls: runner } = this.#options;
    const state = this.#state;
    // The first answer within the limits may be given; what has used them up is asked for no more.
    const reached = limitReached(state, limits);
    let room = reached ? 0 : limits.maxToolCalls - state.toolCalls - calls.filter(wasMade).length;
    const begun = new Set(calls.filter((call) => wasMade(call) || room-- > 0));
    state.toolCalls += begun.size;
    const { results, awaiting } = await runner.run([...begun], signal);
    const left = calls.filter((call) => !begun.has(call));
    const limit = reached ?? (left.length > 0 ? 'max_tool_calls' : undefined);
    return { results: [...results, ...left.map((call) => notRun(call, limit))], limit, awaiting };
  }

  /** Reads the answer that was given in its form. One that does not fit is sent back once. */
  async #takeOutput(
    { toolUse, problem }: PlannedCall,
    output: OutputForm,
    others: readonly ToolResult[],
  ): Promise<{ results: ToolResult[]; end?: End }> {
    const { toolUseId, input } = toolUse;
    const read = problem === undefined ? await output.read(input) : { problem };
    if ('value' in read) {
      const results = [{ toolUseId, content: [{ text: 'Accepted.' }] }];
      return { results, end: { stopReason: 'end_turn', output: read.value } };
    }
    const results = [errorResult(toolUseId, read.problem)];
    // Beside calls of other tools it was given too early, which costs no correction.
    if (others.length > 0) return { results };
    this.#corrections += 1;
    return this.#corrections > 1
      ? { results, end: { stopReason: 'error', error: noOutput(read.problem) } }
      : { results };
  }

  /** Asks once for the answer in its form, after one that was text. */
  async #correct(output: OutputForm): Promise<End | undefined> {
    this.#corrections += 1;
    if (this.#corrections > 1) return { stopReason: 'error', error: noOutput('Its answer was text.') };
    const { limits, journal } = this.#options;
    const reached = limitReached(this.#state, limits);
    if (reached) return { stopReason: reached };
    const text = correctionText(output.tool.name);
    await journal.write({ type: 'corrected', text });
    this.#state.messages.push({ role: 'user', content: [{ text }] });
    return undefined;
  }

  #addAnswer(content: ContentBlock[]): void {
    const { messages } = this.#state;
    if (hasSubstance(content)) messages.push({ role: 'assistant', content, model: this.#options.model });
  }
}

/** Whether a guardrail's trace says that it let the input pass, and blocked the answer. */
function passedInput(trace: JsonObject | undefined): boolean {
  const assessment = toJsonObject(trace?.guardrail)?.inputAssessment;
  return trace !== undefined && !/"action":"BLOCKED"/.test(stringifyJson(assessment) ?? '');
}

function cutOff(): MovieHubError {
  return new MovieHubError('model_failed', 'The answer of the model ended before it was whole.');
}

/** Some models say `end_turn` beside a request for a tool; after other reasons its arguments may be incomplete. */
function mayRunTools(stopReason: string): boolean {
  return stopReason === 'tool_use' || mayGoOn(stopReason);
}

/** Whether the model ended its answer by itself. */
function mayGoOn(stopReason: string): boolean {
  return stopReason === 'end_turn' || stopReason === 'stop_sequence';
}

/** Whether a call has begun in an earlier process, which may have brought it to its end. */
function wasMade({ earlier }: PlannedCall): boolean {
  return earlier?.hasBegun === true || earlier?.result !== undefined;
}

function withoutRequests(parts: readonly AnswerPart[]): ContentBlock[] {
  return parts.filter((part) => !('request' in part)) as ContentBlock[];
}
