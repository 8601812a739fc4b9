import { readUntilAborted, untilAborted } from '../abort';
import { isMovieHubError, MovieHubError } from '../errors';
import { TokenCounter } from './count-tokens';
import { Deadline, stopReasonOf } from './deadline';
import type { Emit } from './event-queue';
import type { CheckedLimits, LimitStopReason } from './limits';
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
import { AnswerReader } from './read-answer';
import { lookFirstWords, type RunSteering } from './steering';
import type { Toolbox } from './toolbox';

/** One step's question to the model. */
export interface Question extends RunSteering {
  readonly model: Model;
  /** From 1. */
  readonly step: number;
  readonly messages: readonly Message[];
  readonly system: string;
  readonly inference?: InferenceSettings | undefined;
  readonly toolbox: Toolbox;
  readonly limits: CheckedLimits;
  readonly emit: Emit;
}

/** What came of it: the answer as far as it came, and why it is not whole if it is not. */
export interface Asked {
  readonly answer: AnswerReader;
  /** The tools that the model was told of; undefined when it was not asked. */
  readonly offered?: readonly ModelTool[];
  /** What it used, void attempts included; undefined when the model said nothing. */
  readonly usage?: TokenUsage;
  /** What ended the answer before it was whole, if time did, or an abort. */
  readonly ended?: LimitStopReason | 'aborted';
  /** What ended it, if a failure did. */
  readonly error?: MovieHubError;
}

/** Asks the model once, or twice where it takes no forced tool choice. Never rejects. */
export async function askModel(question: Question, signal: AbortSignal): Promise<Asked> {
  let request: PlannedRequest;
  try {
    request = await untilAborted(planRequest(question), signal);
  } catch (cause) {
    const answer = new AnswerReader();
    if (signal.aborted) return { answer, ended: stopReasonOf(signal) };
    const error = isMovieHubError(cause)
      ? cause
      : new MovieHubError('internal', 'The step could not be prepared.', { cause });
    return { answer, error };
  }
  const asked = await ask(question, request, signal);
  const { toolChoice, ...free } = request;
  if (!toolChoice || 'auto' in toolChoice || !refusesToolChoice(asked)) return asked;
  return ask(question, { ...free, system: `${free.system}\n\n${lookFirstWords}`.trim() }, signal);
}

type PlannedRequest = ModelRequest & Required<Pick<ModelRequest, 'system' | 'tools'>>;

async function planRequest(question: Question): Promise<PlannedRequest> {
  const { step, messages, system, inference, toolbox, lookFirst, prepareStep } = question;
  const names = toolbox.specs.map((spec) => spec.name);
  // A copy: the transcript is not the caller's to change.
  const plan = (await prepareStep?.({ step, messages: structuredClone(messages), tools: names })) ?? {};
  const tools = toolbox.specs.filter(({ name }) => plan.activeTools?.includes(name) ?? true);
  const forced = lookFirst && step === 1 ? { any: {} } : undefined;
  const toolChoice = tools.length > 0 ? (checkToolChoice(plan.toolChoice, tools) ?? forced) : undefined;
  return {
    system,
    messages: plan.messages === undefined ? [...messages] : checkMessages(plan.messages),
    tools,
    ...(toolChoice && { toolChoice }),
    ...(inference && { inference }),
  };
}

/** A choice that the model would refuse is a mistake in `prepareStep`, and is said to be one. */
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

async function ask(question: Question, request: PlannedRequest, signal: AbortSignal): Promise<Asked> {
  const counter = new TokenCounter(request);
  const asked = await readAnswer(question, request, counter, signal);
  const { usage } = counter;
  return { ...asked, offered: request.tools, ...(usage && { usage }) };
}

/**
 * Time, in ms, for a stream to end after all was said. Most end at once, and their connection can be used again then; one that does
 * not holds up nobody.
 */
const endPatienceMs = 500;

async function readAnswer(
  { model, step, limits, emit }: Question,
  request: PlannedRequest,
  counter: TokenCounter,
  signal: AbortSignal,
): Promise<Asked> {
  let answer = new AnswerReader();
  // Of its own, so that what is whole when time runs out can still be worked with.
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
        deadline.start('first_chunk_timeout', limits.firstChunkTimeoutMs + event.retry.delayMs);
        emit({ type: 'retry', step, ...event.retry });
        continue;
      }
      comesWhole ||= 'comesWhole' in event;
      deadline.stop('first_chunk_timeout');
      if (comesWhole) deadline.stop('chunk_timeout');
      else deadline.start('chunk_timeout', limits.chunkTimeoutMs);
      if (answer.stopReason !== undefined && 'metadata' in event)
        deadline.start('chunk_timeout', Math.min(limits.chunkTimeoutMs, endPatienceMs));
      const visible = answer.accept(event);
      if (visible) emit(visible.event, visible.of);
    }
    // Some streams end as if all were well when they are aborted.
    deadline.signal.throwIfAborted();
    return { answer };
  } catch (cause) {
    // After messageStop nothing is missing but the count of tokens.
    if (answer.stopReason !== undefined) return { answer };
    if (deadline.signal.aborted) return { answer, ended: stopReasonOf(deadline.signal) };
    if (isMovieHubError(cause)) return { answer, error: cause };
    const error = new MovieHubError('model_failed', 'The model failed or could not be reached.', { cause });
    return { answer, error };
  } finally {
    deadline.end();
  }
}

/**
 * Some models take no forced tool choice, and some take none while they think aloud: both name it when they refuse. What
 * was said before is no refusal, and would be said twice.
 */
function refusesToolChoice({ usage, error }: Asked): boolean {
  if (!error || usage) return false;
  const { name, message } = (error.cause ?? {}) as { name?: unknown; message?: unknown };
  return name === 'ValidationException' && /tool.?choice/i.test(String(message));
}
