import { onAbort } from '../abort';
import { MovieHubError } from '../errors';
import type { AgentEvent, AgentResult, FailedServer } from './agent-event';
import { type BedrockOptions, bedrockModel } from './bedrock';
import { type AgentServer, isNamed } from './connect-servers';
import { LimitReached } from './deadline';
import { checkConnection, isConnection } from './describe-connection';
import { type Emit, EventQueue } from './event-queue';
import { makeFence } from './fence-data';
import { checkLimits, checkPrices, type RunLimits, type TokenPrices } from './limits';
import { runLoop } from './loop';
import { isBlank, sanitiseMessages } from './messages';
import type { InferenceSettings, Message, Model } from './model';
import type { RunSteering } from './steering';
import { defaultSystemPrompt } from './system-prompt';
import { openToolbox } from './toolbox';
import { wellFormed } from './well-formed';

/** What to answer, with which model and which tools. */
export type RunAgentOptions = ModelOptions & QuestionOptions & RunSettings;

/** A model, or a Bedrock client and the id of one of its models. */
export type ModelOptions =
  | { model: Model; client?: never; modelId?: never }
  | (BedrockOptions & { model?: never });

/** One question, or a transcript that ends with the user's message. */
export type QuestionOptions =
  | { prompt: string; messages?: never }
  | { messages: readonly Message[]; prompt?: never };

export interface RunSettings extends RunLimits, RunSteering {
  /** Servers whose tools the model may use. */
  servers?: readonly AgentServer[];
  /** Replaces {@link defaultSystemPrompt}. */
  system?: string;
  inference?: InferenceSettings;
  /** Aborts the run, like `abort()`. */
  signal?: AbortSignal;
  /** What the model costs; then events and result tell the cost. */
  prices?: TokenPrices;
}

/**
 * A run of the agent: read its events with `for await`, wait for `result`, or both.
 *
 * The run begins at once and goes on whether or not anyone reads. Leaving the loop early aborts it. Events can be read
 * once, and reading them never throws.
 */
export interface AgentRun extends AsyncIterable<AgentEvent> {
  /** Settles when the run has ended and let go of its servers. Never rejects: see `stopReason` and `error`. */
  readonly result: Promise<AgentResult>;
  /** Ends the run as soon as possible, with stop reason `aborted`. */
  abort(reason?: unknown): void;
}

/**
 * Answers a question: calls the model, and the tools it asks for, until it is done.
 *
 * Tools asked for in one turn run at once. However the run ends, its transcript can be passed on to the next run.
 *
 * @throws MovieHubError `invalid_argument`, before anything is started.
 */
export function runAgent(options: RunAgentOptions): AgentRun {
  const plan = planRun(options);
  const controller = new AbortController();
  const abort = (reason?: unknown) => controller.abort(reason);
  const total = setTimeout(() => abort(new LimitReached('total_timeout')), plan.limits.totalTimeoutMs);
  const { signal } = options;
  const letGo = signal && onAbort(signal, () => abort(signal.reason));
  const events = new EventQueue();
  const result = execute(plan, controller.signal, events).finally(() => {
    clearTimeout(total);
    letGo?.();
    events.end();
  });
  return { result, abort, [Symbol.asyncIterator]: once(() => readEvents(events, result, abort)) };
}

type Plan = ReturnType<typeof planRun>;

function planRun(options: RunAgentOptions) {
  const { model, client, modelId, prompt, messages } = options;
  if (Boolean(model) === Boolean(client && modelId)) {
    throw new MovieHubError('invalid_argument', 'Give either a model, or a client and a modelId.');
  }
  if ((prompt === undefined) === (messages === undefined)) {
    throw new MovieHubError('invalid_argument', 'Give either a prompt or messages.');
  }
  if (prompt !== undefined && isBlank(prompt)) {
    throw new MovieHubError('invalid_argument', 'The prompt is blank.');
  }
  const transcript = sanitiseMessages(messages ?? [{ role: 'user', content: [{ text: prompt ?? '' }] }]);
  if (transcript.at(-1)?.role !== 'user') {
    throw new MovieHubError(
      'invalid_argument',
      'The messages must end with one of the user that is not blank.',
    );
  }
  return {
    model: options.model === undefined ? bedrockModel(options) : options.model,
    messages: transcript,
    servers: checkServers(options.servers ?? []),
    system: wellFormed(options.system ?? defaultSystemPrompt),
    inference: options.inference,
    prices: checkPrices(options.prices),
    limits: checkLimits(options, options.prices),
    fence: makeFence(),
    ...checkSteering(options),
  };
}

/** Something in place of a function must not mean that every call is approved. */
function checkSteering({ prepareStep, lookFirst, approveTool }: RunSteering): RunSteering {
  for (const [name, value] of Object.entries({ prepareStep, approveTool })) {
    if (value !== undefined && typeof value !== 'function')
      throw new MovieHubError('invalid_argument', `${name} must be a function.`);
  }
  return {
    ...(prepareStep && { prepareStep }),
    ...(lookFirst && { lookFirst }),
    ...(approveTool && { approveTool }),
  };
}

function checkServers(servers: readonly AgentServer[]): readonly AgentServer[] {
  const names = new Set<string>();
  for (const given of Array.isArray(servers) ? servers : [undefined]) {
    const isOfName = typeof given === 'object' && given !== null && isNamed(given);
    if (isOfName && isBlank(given.name))
      throw new MovieHubError('invalid_argument', 'The name of a server is blank.');
    if (isOfName && names.has(given.name))
      throw new MovieHubError('invalid_argument', `Two servers are named ${given.name}.`);
    if (isOfName) names.add(given.name);
    const server = isOfName ? given.server : given;
    if (typeof server === 'object' && server !== null && isConnection(server)) checkConnection(server);
    else if (typeof server?.connect !== 'function')
      throw new MovieHubError(
        'invalid_argument',
        'Each of the servers must be an MCP client, an MCP server, or a command or url of one.',
      );
  }
  return servers;
}

async function execute(plan: Plan, signal: AbortSignal, events: EventQueue): Promise<AgentResult> {
  const emit: Emit = (event, of) => events.push(event, of);
  const result = await work(plan, signal, emit).catch((cause) => defect(plan, cause));
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

async function work(plan: Plan, signal: AbortSignal, emit: Emit): Promise<AgentResult> {
  // Servers that an abort kept from connecting have not failed.
  const onFailed = ({ server }: FailedServer) => {
    if (!signal.aborted)
      emit({ type: 'server_failed', server, message: `The tools of ${server} are not available.` });
  };
  const toolbox = await openToolbox(plan.servers, {
    signal,
    timeoutMs: plan.limits.toolTimeoutMs,
    onFailed,
  });
  try {
    const failedServers = signal.aborted ? [] : toolbox.failed;
    return { ...(await runLoop({ ...plan, toolbox, signal, emit })), failedServers };
  } finally {
    await toolbox.close();
  }
}

/** A defect of this library must not take the caller's process along. */
function defect({ messages }: Plan, cause: unknown): AgentResult {
  const error = new MovieHubError('internal', 'The run failed.', { cause });
  const usage = { inputTokens: 0, outputTokens: 0 };
  return { text: '', stopReason: 'error', usage, turns: 0, toolCalls: 0, messages, error, failedServers: [] };
}

/** Written out, not a generator: the return of a generator would wait for the event that is being waited for. */
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
