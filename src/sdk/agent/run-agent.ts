import { onAbort, untilAborted } from '../abort';
import { isMovieHubError, MovieHubError } from '../errors';
import type { InferSchema, ToolSchema } from '../schema';
import { createAsk } from './ask-model';
import { type AgentEvent, type AgentResult, type Emit, EventQueue } from './events';
import { LimitReached, mayResume, stopReasonOf } from './limits';
import { runLoop } from './loop';
import { sanitiseMessages, toolUseIds } from './messages';
import type { OutputForm } from './output';
import { CallRunner } from './run-calls';
import {
  planRun,
  questionOf,
  type ResumeRunOptions,
  type RunAgentOptions,
  type RunPlan,
} from './run-options';
import { makeFence } from './servers/call';
import { openToolbox } from './servers/toolbox';
import { decide, Journal, type RunStore, replay, type StoredRun } from './store';
import { noTokens } from './tokens';

/**
 * A run of the agent: read its events with `for await`, wait for `result`, or both.
 *
 * The run starts at once and continues whether or not anyone reads. Leaving the loop early aborts it. Events can be read
 * once, and reading them never throws.
 */
export interface AgentRun<Output = unknown> extends AsyncIterable<AgentEvent> {
  /** Settles when the run has ended and released its servers. Never rejects: see `stopReason` and `error`. */
  readonly result: Promise<AgentResult<Output>>;
  /** Ends the run as soon as possible, with stop reason `aborted`. */
  abort(reason?: unknown): void;
  /** The run in its store. */
  readonly runId: string;
}

/**
 * Answers a question: calls the model, and the tools it asks for, until it is done.
 *
 * The tools of one turn run in parallel. However the run ends, the next run accepts its transcript.
 *
 * @throws MovieHubError `invalid_argument`, before anything is started.
 */
export function runAgent<const Schema extends ToolSchema = ToolSchema>(
  options: RunAgentOptions<Schema>,
): AgentRun<InferSchema<Schema>> {
  const messages = questionOf(options);
  return start({ ...planRun(options, options), messages }, options.signal, async (journal) => {
    await journal.write({ type: 'started', messages });
    return { messages, turns: 0, toolCalls: 0, usage: noTokens, corrections: 0 };
  });
}

/**
 * Goes on with a run whose process ended, or that waits for an approval; returns the result of one that has ended.
 *
 * A tool call whose end is not known is made again only where the tool says that this does no harm (`idempotentHint`,
 * `readOnlyHint`); otherwise the model gets an error that says so. What tools returned before stays in the transcript. The run's error is `not_found` for an id that
 * the store does not know, and `conflict` when another process goes on with it.
 *
 * @throws MovieHubError `invalid_argument`, before anything is started.
 */
export function resumeRun<const Schema extends ToolSchema = ToolSchema>(
  store: RunStore,
  runId: string,
  options: ResumeRunOptions<Schema>,
): AgentRun<InferSchema<Schema>> {
  const { decisions = {} } = options;
  const plan = planRun(options, { store, runId });
  return start(plan, options.signal, async (journal) => {
    const stored = replay(await journal.load(), plan.output?.tool.name);
    if (stored === undefined) throw new MovieHubError('not_found', 'There is no such run.');
    await decide(stored, decisions, journal);
    return stored;
  });
}

/** Returns the run as far as it is kept. */
type Begin = (journal: Journal) => Promise<StoredRun>;

function start<Output>(plan: RunPlan, signal: AbortSignal | undefined, begin: Begin): AgentRun<Output> {
  const controller = new AbortController();
  const abort = (reason?: unknown) => controller.abort(reason);
  const total = setTimeout(() => abort(new LimitReached('total_timeout')), plan.limits.totalTimeoutMs);
  const unsubscribe = signal && onAbort(signal, () => abort(signal.reason));
  const events = new EventQueue();
  // The output was validated by the schema.
  const result = (execute(plan, begin, controller.signal, events) as Promise<AgentResult<Output>>).finally(
    () => {
      clearTimeout(total);
      unsubscribe?.();
      events.end();
    },
  );
  return {
    runId: plan.runId,
    result,
    abort,
    [Symbol.asyncIterator]: once(() => readEvents(events, result, abort)),
  };
}

async function execute(
  plan: RunPlan,
  begin: Begin,
  signal: AbortSignal,
  events: EventQueue,
): Promise<AgentResult> {
  const emit: Emit = (event, of) => events.push(event, of);
  const failed = (cause: unknown) => failedResult(plan, cause);
  const work = () => run(plan, begin, signal, emit).catch(failed);
  // Also where the caller's tracer throws.
  const result = await plan.telemetry.run(plan.runId, work).catch(failed);
  const { stopReason, usage, cost, turns, toolCalls, error } = result;
  emit({
    type: 'run_finished',
    stopReason,
    usage,
    ...(cost !== undefined && { cost }),
    turns,
    toolCalls,
    ...(error && { error }),
  });
  return result;
}

/** Connects the servers, hands each part of the run what it needs, and closes the servers at the end. */
async function run(plan: RunPlan, begin: Begin, signal: AbortSignal, emit: Emit): Promise<AgentResult> {
  const { runId, model, output, limits, prices } = plan;
  const journal = new Journal(plan.store, runId);
  const from = await untilAborted(begin(journal), signal).catch((cause) => {
    if (!signal.aborted) throw cause;
  });
  if (from === undefined) return { ...unstarted(plan), stopReason: stopReasonOf(signal) };
  if (from.ended) return { ...(await endedResult(from.ended, output)), runId };
  const toolbox = await openToolbox(plan.servers, {
    signal,
    timeoutMs: limits.toolTimeoutMs,
    onFailed: ({ server, cause: _, ...reason }) => {
      // Servers that an abort kept from connecting have not failed.
      if (signal.aborted) return;
      emit({
        type: 'server_failed',
        server,
        message: `The tools of ${server} are not available.`,
        ...reason,
      });
    },
    onWarning: (warning) => emit({ type: 'tool_warning', ...warning }),
    ...(output && { reservedName: output.tool.name }),
  });
  try {
    const failedServers = signal.aborted ? [] : toolbox.failed;
    const ask = createAsk({ ...plan, toolbox, emit });
    const calls = new CallRunner({
      toolbox,
      answerTool: output?.tool,
      ids: toolUseIds(from.unfinished ? [...from.messages, from.unfinished.message] : from.messages),
      approveTool: plan.approveTool,
      journal,
      telemetry: plan.telemetry,
      maxParallel: limits.maxParallelTools,
      timeoutMs: limits.toolTimeoutMs,
      maxTimeoutMs: limits.maxToolTimeoutMs,
      maxResultBytes: limits.maxToolResultBytes,
      fence: makeFence(),
      emit,
    });
    const loop = { model: model.id, from, ask, calls, output, journal, limits, prices, signal, emit };
    const outcome = { ...(await runLoop(loop)), runId };
    if (!mayResume(outcome.stopReason)) await journal.end(outcome);
    return { ...outcome, failedServers };
  } finally {
    await toolbox.close();
  }
}

/** The result of a run that had ended before. */
async function endedResult(
  { stopReason, result: { error, ...result } }: NonNullable<StoredRun['ended']>,
  output: OutputForm | undefined,
): Promise<AgentResult> {
  const messages = sanitiseMessages(result.messages);
  const given = stopReason === 'end_turn' ? await output?.find(messages) : undefined;
  return {
    ...result,
    messages,
    stopReason,
    ...given,
    failedServers: [],
    ...(error && { error: new MovieHubError(error.code, error.message) }),
  };
}

/** A bug of this library must not crash the caller's process. */
function failedResult(plan: RunPlan, cause: unknown): AgentResult {
  const error = isMovieHubError(cause) ? cause : new MovieHubError('internal', 'The run failed.', { cause });
  return { ...unstarted(plan), stopReason: 'error', error };
}

function unstarted({ runId, messages }: RunPlan): Omit<AgentResult, 'stopReason'> {
  return { runId, messages, text: '', usage: noTokens, turns: 0, toolCalls: 0, failedServers: [] };
}

/** Written out rather than as a generator, whose return would wait for the next event. */
function readEvents(
  events: EventQueue,
  result: Promise<unknown>,
  abort: () => void,
): AsyncIterator<AgentEvent, undefined> {
  return {
    async next() {
      const value = await events.next();
      return value ? { done: false, value } : { done: true, value: undefined };
    },
    async return() {
      abort();
      events.discard();
      await result;
      return { done: true, value: undefined };
    },
  };
}

function once<T>(create: () => T): () => T {
  let used = false;
  return () => {
    if (used) throw new MovieHubError('invalid_argument', 'The events of a run can be read once.');
    used = true;
    return create();
  };
}
