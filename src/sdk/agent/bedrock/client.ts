import type {
  BedrockRuntimeClient,
  ConverseStreamCommandInput,
  ConverseStreamOutput,
} from '@aws-sdk/client-bedrock-runtime';
import { onAbort, withOwnSignal } from '../../abort';
import { MovieHubError } from '../../errors';
import type { Model, ModelEvent, ModelRequest } from '../model';
import { type ConverseOptions, fromConverse, fromConverseAnswer, toConverseInput } from './convert';
import { backOff, closeFailed, isRetryable } from './retry';

/** A model of Amazon Bedrock. */
export interface BedrockOptions {
  /** The caller's client: region, credentials, retries of HTTP errors, proxies and HTTP version are its settings. */
  client: BedrockRuntimeClient;
  /** A model id, an inference profile or an ARN. */
  modelId: string;
  /**
   * Marks tools, system prompt and transcript for Bedrock's prompt cache, for models that support it; false unless given.
   */
  promptCaching?: boolean;
  /** Passed to Converse unchanged: guardrails, service tier, request metadata, model fields and others. */
  converseOptions?: ConverseOptions;
  /**
   * How often a failure inside a stream (throttling, a model or service error, a model's timeout) is retried, before any output and
   * with growing random waits; 3 unless given, 0 for never. The client itself retries HTTP errors.
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
  return {
    id: modelId,
    async *stream(request, signal) {
      for (let attempt = 1; ; attempt += 1) {
        let hasOutput = false;
        try {
          for await (const event of answer(options, request, signal)) {
            hasOutput ||= !('messageStart' in event || 'comesWhole' in event);
            yield event;
          }
          return;
        } catch (cause) {
          if (hasOutput || attempt > maxStreamRetries || !isRetryable(cause) || signal.aborted) throw cause;
          const delayMs = Math.round(backOff(attempt));
          yield { retry: { attempt, delayMs, reason: (cause as Error).name } };
          await wait(delayMs, signal);
        }
      }
    },
  };
}

/** Which answers a model does not stream: those with tools, or any. */
type Refusal = 'with tools' | 'any';

/** Remembered for all runs with the same client: models do not change this. */
const refusals = new WeakMap<BedrockRuntimeClient, Map<string, Refusal>>();

async function* answer(
  { client, modelId, promptCaching = false, converseOptions = {} }: BedrockOptions,
  request: ModelRequest,
  signal: AbortSignal,
): AsyncGenerator<ModelEvent> {
  const { ConverseCommand, ConverseStreamCommand } = await loadAwsClient();
  const input = toConverseInput(modelId, request, promptCaching, converseOptions);
  const hasTools = input.toolConfig !== undefined;
  const known = refusals.get(client)?.get(modelId);
  const mayStream = known === undefined || (known === 'with tools' && !hasTools);
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
        yield event;
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
    if (mayStream) remember(client, modelId, hasTools ? 'with tools' : 'any');
    yield* fromConverseAnswer(whole);
  });
}

function remember(client: BedrockRuntimeClient, modelId: string, refusal: Refusal): void {
  const models = refusals.get(client) ?? new Map<string, Refusal>();
  refusals.set(client, models.set(modelId, refusal));
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
