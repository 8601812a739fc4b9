import { isMovieHubError, MovieHubError } from '../errors';
import type { AgentEvent } from './agent-event';
import { type Deadline, LimitReached } from './deadline';
import type { CheckedLimits } from './limits';
import { sanitiseMessages } from './messages';
import type { InferenceSettings, Message, Model, ModelRequest } from './model';
import { AnswerReader } from './read-answer';
import { lookFirstWords, type RunSteering } from './steering';
import type { Toolbox } from './toolbox';
import { readUntilAborted, untilAborted } from './until-aborted';

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
  readonly emit: (event: AgentEvent) => void;
}

/** What came of it: the answer as far as it came, and why it is not whole if that was a failure. */
export interface Asked {
  readonly answer: AnswerReader;
  readonly error?: MovieHubError;
}

/** Asks the model once, or twice where it takes no forced tool choice. Never rejects. */
export async function askModel(question: Question, deadline: Deadline): Promise<Asked> {
  const answer = new AnswerReader();
  let request: ModelRequest;
  try {
    request = await untilAborted(planRequest(question), deadline.signal);
  } catch (cause) {
    if (deadline.signal.aborted) return { answer };
    const error = isMovieHubError(cause)
      ? cause
      : new MovieHubError('internal', 'The step could not be prepared.', { cause });
    return { answer, error };
  }
  const asked = await ask(question, request, deadline);
  const { toolChoice, ...free } = request;
  if (!toolChoice || 'auto' in toolChoice || !refusesToolChoice(asked)) return asked;
  return ask(question, { ...free, system: `${free.system ?? ''}\n\n${lookFirstWords}`.trim() }, deadline);
}

async function planRequest(question: Question): Promise<ModelRequest> {
  const { step, messages, system, inference, toolbox, lookFirst, prepareStep } = question;
  const names = toolbox.specs.map((spec) => spec.name);
  const plan = (await prepareStep?.({ step, messages, tools: names })) ?? {};
  const tools = toolbox.specs.filter(({ name }) => plan.activeTools?.includes(name) ?? true);
  const forced = lookFirst && step === 1 && tools.length > 0 ? { any: {} } : undefined;
  const toolChoice = plan.toolChoice ?? forced;
  return {
    system,
    messages: plan.messages === undefined ? messages : sanitiseMessages(plan.messages),
    tools,
    ...(toolChoice && tools.length > 0 && { toolChoice }),
    ...(inference && { inference }),
  };
}

async function ask(
  { model, step, limits, emit }: Question,
  request: ModelRequest,
  deadline: Deadline,
): Promise<Asked> {
  const answer = new AnswerReader();
  const { signal } = deadline;
  deadline.start('first_chunk_timeout', limits.firstChunkTimeoutMs);
  try {
    for await (const event of readUntilAborted(model.stream(request, signal), signal)) {
      if ('retry' in event) {
        deadline.start('first_chunk_timeout', limits.firstChunkTimeoutMs + event.retry.delayMs);
        emit({ type: 'retry', step, ...event.retry });
        continue;
      }
      deadline.stop('first_chunk_timeout');
      deadline.start('chunk_timeout', limits.chunkTimeoutMs);
      const visible = answer.accept(event);
      if (visible) emit(visible);
    }
    return { answer };
  } catch (cause) {
    // After messageStop nothing is missing but the count of tokens.
    if (answer.stopReason !== undefined || cause instanceof LimitReached) return { answer };
    if (isMovieHubError(cause)) return { answer, error: cause };
    const error = new MovieHubError('model_failed', 'The model failed or could not be reached.', { cause });
    return { answer, error };
  } finally {
    deadline.stop('first_chunk_timeout');
    deadline.stop('chunk_timeout');
  }
}

/** Some models take no forced tool choice, and some take none while they think aloud: both name it when they refuse. */
function refusesToolChoice({ answer, error }: Asked): boolean {
  if (!error || answer.text !== '') return false;
  const { name, message } = (error.cause ?? {}) as { name?: unknown; message?: unknown };
  return name === 'ValidationException' && /tool.?choice/i.test(String(message));
}
