import { onAbort } from '../abort';
import { MovieHubError } from '../errors';
import { createAsk } from './ask-model';
import { type AgentEvent, type AgentResult, type Emit, EventQueue } from './events';
import { LimitReached } from './limits';
import { runLoop } from './loop';
import { toolUseIds } from './messages';
import { CallRunner } from './run-calls';
import { planRun, type RunAgentOptions, type RunPlan } from './run-options';
import { makeFence } from './servers/call';
import { openToolbox } from './servers/toolbox';

/**
 * A run of the agent: read its events with `for await`, wait for `result`, or both.
 *
 * The run starts at once and continues whether or not anyone reads. Leaving the loop early aborts it. Events can be read
 * once, and reading them never throws.
 */
export interface AgentRun extends AsyncIterable<AgentEvent> {
  /** Settles when the run has ended and released its servers. Never rejects: see `stopReason` and `error`. */
  readonly result: Promise<AgentResult>;
  /** Ends the run as soon as possible, with stop reason `aborted`. */
  abort(reason?: unknown): void;
}

/**
 * Answers a question: calls the model, and the tools it asks for, until it is done.
 *
 * The tools of one turn run in parallel. However the run ends, the next run accepts its transcript.
 *
 * @throws MovieHubError `invalid_argument`, before anything is started.
 */
export function runAgent(options: RunAgentOptions): AgentRun {
  const plan = planRun(options);
  const controller = new AbortController();
  const abort = (reason?: unknown) => controller.abort(reason);
  const total = setTimeout(() => abort(new LimitReached('total_timeout')), plan.limits.totalTimeoutMs);
  const { signal } = options;
  const unsubscribe = signal && onAbort(signal, () => abort(signal.reason));
  const events = new EventQueue();
  const result = execute(plan, controller.signal, events).finally(() => {
    clearTimeout(total);
    unsubscribe?.();
    events.end();
  });
  return { result, abort, [Symbol.asyncIterator]: once(() => readEvents(events, result, abort)) };
}

async function execute(plan: RunPlan, signal: AbortSignal, events: EventQueue): Promise<AgentResult> {
  const emit: Emit = (event, of) => events.push(event, of);
  const result = await run(plan, signal, emit).catch((cause) => failedResult(plan, cause));
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
async function run(plan: RunPlan, signal: AbortSignal, emit: Emit): Promise<AgentResult> {
  const { limits, messages, prices } = plan;
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
  });
  try {
    const failedServers = signal.aborted ? [] : toolbox.failed;
    const ask = createAsk({ ...plan, toolbox, emit });
    const calls = new CallRunner({
      toolbox,
      ids: toolUseIds(messages),
      approveTool: plan.approveTool,
      maxParallel: limits.maxParallelTools,
      timeoutMs: limits.toolTimeoutMs,
      maxTimeoutMs: limits.maxToolTimeoutMs,
      maxResultBytes: limits.maxToolResultBytes,
      fence: makeFence(),
      emit,
    });
    return {
      ...(await runLoop({ model: plan.model.id, messages, ask, calls, limits, prices, signal, emit })),
      failedServers,
    };
  } finally {
    await toolbox.close();
  }
}

/** A bug of this library must not crash the caller's process. */
function failedResult({ messages }: RunPlan, cause: unknown): AgentResult {
  const error = new MovieHubError('internal', 'The run failed.', { cause });
  const usage = { inputTokens: 0, outputTokens: 0 };
  return { text: '', stopReason: 'error', usage, turns: 0, toolCalls: 0, messages, error, failedServers: [] };
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
