import type {
  BedrockRuntimeClient,
  ConverseStreamCommandInput,
  ConverseStreamOutput,
} from '@aws-sdk/client-bedrock-runtime';
import { onAbort, withOwnSignal } from '../../abort';
import { MovieHubError } from '../../errors';
import type { Model, ModelEvent, ModelRequest, ModelTool } from '../model';
import {
  type Accepted,
  type ConverseOptions,
  fromConverse,
  fromConverseAnswer,
  ownNameOf,
  toConverseInput,
} from './convert';
import { familyOf, type ModelFamily, modelFamilies } from './families';
import { backOff, closeFailed, EmptyAnswer, isRetryable, refusesToolChoice } from './retry';
import { tagsAsReasoning } from './thinking';

/** A model of Amazon Bedrock. */
export interface BedrockOptions {
  /** The caller's client: region, credentials, retries of HTTP errors, proxies and HTTP version are its settings. */
  client: BedrockRuntimeClient;
  /** A model id, an inference profile or an ARN. */
  modelId: string;
  /**
   * The name of the model's family in `modelFamilies`, for an ARN that does not name the model, as that of an application inference
   * profile.
   */
  family?: string;
  /**
   * Marks tools, system prompt and transcript for Bedrock's prompt cache, as far as the model's family takes it; false unless given.
   */
  promptCaching?: boolean;
  /** Passed to Converse unchanged: guardrails, service tier, request metadata, model fields and others. */
  converseOptions?: ConverseOptions;
  /**
   * How often a failure that the client does not retry by itself is retried, before any output and with growing random waits: an
   * exception inside a stream (throttling, a model or service error, a model's timeout), a lost connection, an empty answer, and a
   * model's error or timeout by HTTP. 3 unless given, 0 for never.
   */
  maxStreamRetries?: number;
}

/**
 * Calls a model of Amazon Bedrock through ConverseStream, and through Converse where a model does not stream with tools, which is
 * remembered for the client. However a call ends, its request is closed.
 *
 * The package `@aws-sdk/client-bedrock-runtime` is loaded at the first call; without it the call fails with
 * `dependency_missing`. The client is not closed.
 *
 * @throws MovieHubError `invalid_argument` when `maxStreamRetries` is not a whole number from 0.
 */
export function bedrockModel(options: BedrockOptions): Model {
  const { modelId, maxStreamRetries = 3 } = options;
  if (!Number.isSafeInteger(maxStreamRetries) || maxStreamRetries < 0)
    throw new MovieHubError('invalid_argument', 'maxStreamRetries must be a whole number from 0.');
  if (options.family !== undefined && !modelFamilies.some(({ name }) => name === options.family))
    throw new MovieHubError('invalid_argument', `There is no family ${options.family} in modelFamilies.`);
  return {
    id: modelId,
    provider: 'aws.bedrock',
    get toolChoices() {
      return toolChoicesOf(options);
    },
    async *stream(request, signal) {
      for (let attempt = 1; ; attempt += 1) {
        let mayRetry = attempt <= maxStreamRetries;
        try {
          for await (const event of answer(options, request, signal)) {
            // What a reader has seen cannot be taken back, and a complete answer needs no other.
            if (isVisible(event) || 'messageStop' in event) mayRetry = false;
            yield event;
          }
          if (!mayRetry || signal.aborted) return;
          throw new EmptyAnswer();
        } catch (cause) {
          if (!mayRetry || signal.aborted || !isRetryable(cause)) throw cause;
          const delayMs = Math.round(backOff(attempt));
          yield { retry: { attempt, delayMs, reason: (cause as Error).name } };
          await wait(delayMs, signal);
        }
      }
    },
  };
}

function isVisible(event: ModelEvent): boolean {
  if (!('contentBlockDelta' in event)) return false;
  const { delta } = event.contentBlockDelta;
  return Boolean('text' in delta ? delta.text : 'reasoningContent' in delta && delta.reasoningContent.text);
}

/** What a model was found to refuse, remembered for all runs with the same client: models do not change this. */
interface Refusals {
  /** Answers that it does not stream. */
  streams?: 'with tools' | 'any';
  toolChoices?: [];
  cachePoints?: [];
  resultStatus?: false;
  reasoning?: 'none';
}

const refusals = new WeakMap<BedrockRuntimeClient, Map<string, Refusals>>();

function refusalsOf({ client, modelId }: BedrockOptions): Refusals {
  return refusals.get(client)?.get(modelId) ?? {};
}

function remember({ client, modelId }: BedrockOptions, refusal: Refusals): void {
  const models = refusals.get(client) ?? new Map<string, Refusals>();
  refusals.set(client, models.set(modelId, { ...models.get(modelId), ...refusal }));
}

/** A model that is not known is sent what a run has, and what it refuses is remembered. */
const unknownFamily: ModelFamily = {
  name: 'unknown',
  cachePoints: ['tools', 'system', 'text', 'results'],
  resultStatus: true,
  reasoning: 'any',
  textBesideToolUse: true,
  hyphensInNames: true,
  streamsTools: true,
};

function familyFor(options: BedrockOptions): ModelFamily {
  return { ...(familyOf(options.family ?? options.modelId) ?? unknownFamily), ...refusalsOf(options) };
}

/** Where reasoning is switched on, by the model fields of Claude and of Nova. */
const reasoningFields = ['thinking', 'reasoning_config', 'reasoningConfig'];

function toolChoicesOf(options: BedrockOptions): Model['toolChoices'] {
  const { toolChoices, forcesNoToolWhileReasoning } = familyFor(options);
  const fields = Object.keys(options.converseOptions?.additionalModelRequestFields ?? {});
  const reasons = reasoningFields.some((field) => fields.includes(field));
  return reasons && forcesNoToolWhileReasoning ? [] : toolChoices;
}

/** Asks again without what the model refuses, at most once for each of these. */
async function* answer(
  options: BedrockOptions,
  request: ModelRequest,
  signal: AbortSignal,
): AsyncGenerator<ModelEvent> {
  for (;;) {
    // Of this request: another run may learn the same meanwhile.
    const known = refusalsOf(options);
    const family = familyFor(options);
    const events = answerOf(options, family, request, signal);
    let hasBegun = false;
    try {
      for await (const event of family.reasoningTag ? tagsAsReasoning(events, family.reasoningTag) : events) {
        hasBegun ||= !('comesWhole' in event);
        yield event;
      }
      return;
    } catch (cause) {
      const learned = hasBegun ? {} : refusalIn(cause, request, options);
      const isNew = Object.keys(learned).some((key) => !(key in known));
      if (!isNew) throw cause;
      remember(options, learned);
      // Another choice is the run's to make.
      if (learned.toolChoices) throw cause;
    }
  }
}

/** Reads what a model refuses of a request. Its words may name what the request does not have: then something else is wrong. */
function refusalIn(
  cause: unknown,
  { messages, toolChoice }: ModelRequest,
  { promptCaching }: BedrockOptions,
): Refusals {
  const { message } = (cause ?? {}) as { message?: unknown };
  const text = String(message);
  const blocks = messages.flatMap(({ content }) => content);
  const has = (kind: 'cachePoint' | 'reasoningContent') => blocks.some((block) => kind in block);
  if (/did not allow prompt caching|extraneous key \[cachePoint\]/i.test(text))
    return promptCaching || has('cachePoint') ? { cachePoints: [] } : {};
  if (refusesToolChoice(cause)) return toolChoice && !('auto' in toolChoice) ? { toolChoices: [] } : {};
  if (/doesn't support the (\S*\.)?status field/i.test(text))
    return blocks.some((block) => 'toolResult' in block && block.toolResult.status)
      ? { resultStatus: false }
      : {};
  if (/doesn't support the \S*reasoningContent\S* field|cannot contain reasoning content/i.test(text))
    return has('reasoningContent') ? { reasoning: 'none' } : {};
  return {};
}

async function* answerOf(
  options: BedrockOptions,
  family: ModelFamily,
  request: ModelRequest,
  signal: AbortSignal,
): AsyncGenerator<ModelEvent> {
  const { client, modelId, promptCaching = false, converseOptions = {} } = options;
  const { ConverseCommand, ConverseStreamCommand } = await loadAwsClient();
  const accepted = { ...family, promptCaching };
  const input = toConverseInput(modelId, request, accepted, converseOptions);
  const withOwnNames = (event: ModelEvent) => renameTool(event, request.tools ?? [], accepted);
  const hasTools = input.toolConfig !== undefined;
  const refused = refusalsOf(options).streams ?? (family.streamsTools ? undefined : 'with tools');
  const mayStream = refused === undefined || (refused === 'with tools' && !hasTools);
  if (mayStream) {
    let hasBegun = false;
    try {
      const events = withOwnSignal(signal, async function* (abortSignal) {
        const command = new ConverseStreamCommand(input);
        command.middlewareStack.add(closeFailed, { step: 'deserialize', priority: 'high' });
        const { stream } = await client.send(command, { abortSignal });
        yield* fromStream(stream ?? []);
      });
      for await (const event of events) {
        hasBegun = true;
        yield withOwnNames(event);
      }
      return;
    } catch (cause) {
      if (hasBegun || !refusesToStream(cause)) throw cause;
    }
  }
  yield { comesWhole: {} };
  yield* withOwnSignal(signal, async function* (abortSignal) {
    const command = new ConverseCommand(withoutStreamSettings(input));
    const whole = await client.send(command, { abortSignal });
    if (mayStream) remember(options, { streams: hasTools ? 'with tools' : 'any' });
    for (const event of fromConverseAnswer(whole)) yield withOwnNames(event);
  });
}

function renameTool(event: ModelEvent, tools: readonly ModelTool[], accepted: Accepted): ModelEvent {
  if (!('contentBlockStart' in event) || !event.contentBlockStart.start.toolUse) return event;
  const { contentBlockIndex, start } = event.contentBlockStart;
  const { toolUseId, name } = start.toolUse as { toolUseId: string; name: string };
  return {
    contentBlockStart: {
      contentBlockIndex,
      start: { toolUse: { toolUseId, name: ownNameOf(name, tools, accepted) } },
    },
  };
}

async function* fromStream(stream: AsyncIterable<ConverseStreamOutput> | []): AsyncGenerator<ModelEvent> {
  for await (const event of stream) {
    const known = fromConverse(event);
    if (known) yield known;
  }
}

/** As in "This model doesn't support tool use in streaming mode." */
function refusesToStream(cause: unknown): boolean {
  const { name, message } = (cause ?? {}) as { name?: unknown; message?: unknown };
  return name === 'ValidationException' && /stream/i.test(String(message));
}

/** Converse does not accept the stream settings of a guardrail. */
function withoutStreamSettings(input: ConverseStreamCommandInput) {
  const { guardrailConfig, ...rest } = input;
  if (guardrailConfig === undefined) return rest;
  const { streamProcessingMode: _, ...guardrail } = guardrailConfig;
  return { ...rest, guardrailConfig: guardrail };
}

function wait(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      unsubscribe();
      resolve();
    }, milliseconds);
    const unsubscribe = onAbort(signal, () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });
}

async function loadAwsClient(): Promise<typeof import('@aws-sdk/client-bedrock-runtime')> {
  try {
    return await import('@aws-sdk/client-bedrock-runtime');
  } catch (cause) {
    const message = 'Bedrock needs a package: run npm install @aws-sdk/client-bedrock-runtime';
    throw new MovieHubError('dependency_missing', message, { cause });
  }
}
