import { readUntilAborted, untilAborted } from '../abort';
import { isMovieHubError, MovieHubError } from '../errors';
import { longestMs } from '../options';
import { refusesToolChoice } from './bedrock/retry';
import type { Emit } from './events';
import { type CheckedLimits, Deadline, type LimitStopReason, stopReasonOf } from './limits';
import { sanitiseMessages } from './messages';
import type {
  InferenceSettings,
  Message,
  Model,
  ModelRequest,
  ModelTool,
  TokenUsage,
  ToolChoice,
} from './model';
import type { OutputForm } from './output';
import { AnswerReader } from './read-answer';
import type { RunSteering } from './run-options';
import type { Toolbox } from './servers/toolbox';
import type { Telemetry } from './telemetry';
import { TokenCounter } from './tokens';

/** What stays the same in all steps of a run. */
export interface AskOptions extends Pick<RunSteering, 'prepareStep' | 'lookFirst'> {
  readonly model: Model;
  readonly system: string;
  readonly inference: InferenceSettings | undefined;
  readonly toolbox: Toolbox;
  readonly output: OutputForm | undefined;
  readonly telemetry: Telemetry;
  readonly limits: Pick<CheckedLimits, 'firstChunkTimeoutMs' | 'chunkTimeoutMs'>;
  readonly emit: Emit;
}

/** Asks the model for the answer of one step. Never rejects. */
export type Ask = (step: Step, signal: AbortSignal) => Promise<Asked>;

interface Step {
  /** From 1. */
  readonly step: number;
  readonly messages: readonly Message[];
  /** The tool that the model must call in this step. */
  readonly mustCall?: ModelTool;
}

/** The answer as far as it came, and why it is incomplete if it is. */
export interface Asked {
  readonly answer: AnswerReader;
  /** The tools in the request; undefined when the model was not asked. */
  readonly offered?: readonly ModelTool[];
  /** The tokens, void attempts included; undefined when the model sent nothing. */
  readonly usage?: TokenUsage;
  /** The time limit or the abort that ended the answer early. */
  readonly ended?: LimitStopReason | 'aborted';
  /** The failure that ended it. */
  readonly error?: MovieHubError;
}

/** Replaces a forced tool choice for a model that does not support one. */
const lookFirstText = 'Call a tool now, before you say anything.';

/** Creates the function that asks the model once a step, or twice where it supports no forced tool choice. */
export function createAsk(options: AskOptions): Ask {
  return async (step, signal) => {
    let request: PlannedRequest;
    try {
      request = await untilAborted(planRequest(options, step), signal);
    } catch (cause) {
      const answer = new AnswerReader();
      if (signal.aborted) return { answer, ended: stopReasonOf(signal) };
      const error = isMovieHubError(cause)
        ? cause
        : new MovieHubError('internal', 'The step could not be prepared.', { cause });
      return { answer, error };
    }
    const ask = (asked: PlannedRequest) => options.telemetry.chat(asked.inference, () => send(asked));
    const send = async (asked: PlannedRequest): Promise<Asked> => {
      const counter = new TokenCounter(asked);
      const read = await readAnswer(options, step.step, asked, counter, signal);
      const { usage } = counter;
      return { ...read, offered: asked.tools, ...(usage && { usage }) };
    };
    const { toolChoice, ...free } = request;
    if (!toolChoice || 'auto' in toolChoice) return ask(request);
    const { toolChoices } = options.model;
    if (toolChoices?.includes('any' in toolChoice ? 'any' : 'tool') ?? true) {
      const asked = await ask(request);
      // After output it is no refusal, and asking again would repeat the output.
      if (asked.usage || !refusesToolChoice(asked.error?.cause)) return asked;
    }
    const first =
      'any' in toolChoice
        ? lookFirstText
        : `Call the tool ${toolChoice.tool.name} now, before you say anything.`;
    return ask({ ...free, system: `${free.system}\n\n${first}`.trim() });
  };
}

type PlannedRequest = ModelRequest & Required<Pick<ModelRequest, 'system' | 'tools'>>;

async function planRequest(
  { system, inference, toolbox, output, lookFirst, prepareStep }: AskOptions,
  { step, messages, mustCall }: Step,
): Promise<PlannedRequest> {
  const names = toolbox.specs.map((spec) => spec.name);
  // A copy: the caller must not change the transcript.
  const plan = (await prepareStep?.({ step, messages: structuredClone(messages), tools: names })) ?? {};
  const active = toolbox.specs.filter(({ name }) => plan.activeTools?.includes(name) ?? true);
  const looksFirst = lookFirst && step === 1 && active.length > 0;
  // What must be looked up first cannot be answered yet.
  const tools = output && !looksFirst ? [...active, output.tool] : active;
  const forced = mustCall ? { tool: { name: mustCall.name } } : looksFirst ? { any: {} } : undefined;
  const toolChoice = tools.length > 0 ? (checkToolChoice(plan.toolChoice, tools) ?? forced) : undefined;
  return {
    system,
    messages: plan.messages === undefined ? [...messages] : checkMessages(plan.messages),
    tools,
    ...(toolChoice && { toolChoice }),
    ...(inference && { inference }),
  };
}

/** Reports a choice that the model would refuse as a mistake of `prepareStep`. */
function checkToolChoice(
  choice: ToolChoice | undefined,
  tools: readonly ModelTool[],
): ToolChoice | undefined {
  if (choice === undefined) return undefined;
  const { auto, any, tool } = (choice ?? {}) as { auto?: object; any?: object; tool?: { name?: unknown } };
  if ([auto, any, tool].filter(Boolean).length !== 1)
    throw new MovieHubError(
      'invalid_argument',
      'The toolChoice of a step must be one of auto, any and tool.',
    );
  if (tool && !tools.some(({ name }) => name === tool.name))
    throw new MovieHubError('invalid_argument', `The step has no tool ${String(tool.name)} to choose.`);
  return choice;
}

function checkMessages(messages: readonly Message[]): Message[] {
  const clean = sanitiseMessages(messages);
  if (clean.at(-1)?.role === 'user') return clean;
  throw new MovieHubError('invalid_argument', 'The messages of a step must end with one of the user.');
}

/** Time, in ms, for a stream to end after its last event. Most end at once, and their connection can be used again. */
const streamEndMs = 500;

async function readAnswer(
  { model, limits, emit }: AskOptions,
  step: number,
  request: PlannedRequest,
  counter: TokenCounter,
  signal: AbortSignal,
): Promise<Asked> {
  let answer = new AnswerReader();
  // One of its own, so that a complete answer is still used when the time is up.
  const deadline = new Deadline(signal);
  let comesWhole = false;
  deadline.start('first_chunk_timeout', limits.firstChunkTimeoutMs);
  try {
    for await (const event of readUntilAborted(model.stream(request, deadline.signal), deadline.signal)) {
      counter.accept(event);
      if ('retry' in event) {
        answer = new AnswerReader();
        comesWhole = false;
        deadline.stop('chunk_timeout');
        const timeoutMs = limits.firstChunkTimeoutMs + event.retry.delayMs;
        deadline.start('first_chunk_timeout', Math.min(timeoutMs, longestMs));
        emit({ type: 'retry', step, ...event.retry });
        continue;
      }
      comesWhole ||= 'comesWhole' in event;
      deadline.stop('first_chunk_timeout');
      if (comesWhole) deadline.stop('chunk_timeout');
      else deadline.start('chunk_timeout', limits.chunkTimeoutMs);
      if (answer.stopReason !== undefined && 'metadata' in event)
        deadline.start('chunk_timeout', Math.min(limits.chunkTimeoutMs, streamEndMs));
      const visible = answer.accept(event);
      if (visible) emit(visible.event, visible.of);
    }
    // Some streams end normally when they are aborted.
    deadline.signal.throwIfAborted();
    return { answer };
  } catch (cause) {
    // After messageStop only the token count is missing.
    if (answer.stopReason !== undefined) return { answer };
    if (deadline.signal.aborted) return { answer, ended: stopReasonOf(deadline.signal) };
    if (isMovieHubError(cause)) return { answer, error: cause };
    const error = new MovieHubError('model_failed', 'The model failed or could not be reached.', { cause });
    return { answer, error };
  } finally {
    deadline.end();
  }
}
