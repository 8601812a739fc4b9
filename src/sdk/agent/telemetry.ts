import type { AgentResult } from './events';
import type { InferenceSettings, Model, TokenUsage } from './model';

/** A tracer of OpenTelemetry's API, as far as a run uses it: `trace.getTracer('my-app')`. */
export interface Tracer {
  startActiveSpan<Work extends (span: Span) => unknown>(
    name: string,
    options: { kind?: number; attributes?: Record<string, AttributeValue> },
    work: Work,
  ): ReturnType<Work>;
}

/** A span of OpenTelemetry's API, as far as a run uses it. */
export interface Span {
  setAttributes(attributes: Record<string, AttributeValue>): unknown;
  setStatus(status: { code: number; message?: string }): unknown;
  spanContext(): { traceId: string; spanId: string; traceFlags: number };
  end(): void;
}

type AttributeValue = string | number | boolean | string[];

const kinds = { internal: 0, client: 2 } as const;
const statusError = 2;

/** The spans of one run, by OpenTelemetry's semantic conventions for generative AI; without a tracer there are none. */
export class Telemetry {
  readonly #tracer: Tracer | undefined;
  readonly #model: Pick<Model, 'id' | 'provider'>;

  constructor(tracer: Tracer | undefined, model: Pick<Model, 'id' | 'provider'>) {
    this.#tracer = tracer;
    this.#model = model;
  }

  /** A span around the whole run. */
  run(runId: string, work: () => Promise<AgentResult>): Promise<AgentResult> {
    const attributes = { ...this.#common('invoke_agent'), 'gen_ai.conversation.id': runId };
    return this.#span('invoke_agent', kinds.internal, attributes, async (span) => {
      const result = await work();
      span?.setAttributes({
        ...usageAttributes(result.usage),
        'gen_ai.response.finish_reasons': [result.stopReason],
      });
      if (result.error) fail(span, result.error.code);
      return result;
    });
  }

  /** A span around one call of the model. */
  chat<
    T extends { usage?: TokenUsage; error?: { code: string }; answer: { stopReason?: string | undefined } },
  >(inference: InferenceSettings | undefined, work: () => Promise<T>): Promise<T> {
    const { maxTokens, temperature, topP } = inference ?? {};
    const attributes = {
      ...this.#common('chat'),
      ...(maxTokens !== undefined && { 'gen_ai.request.max_tokens': maxTokens }),
      ...(temperature !== undefined && { 'gen_ai.request.temperature': temperature }),
      ...(topP !== undefined && { 'gen_ai.request.top_p': topP }),
    };
    return this.#span(`chat ${this.#model.id}`, kinds.client, attributes, async (span) => {
      const asked = await work();
      const { stopReason } = asked.answer;
      span?.setAttributes({
        ...(asked.usage && usageAttributes(asked.usage)),
        ...(stopReason !== undefined && { 'gen_ai.response.finish_reasons': [stopReason] }),
      });
      if (asked.error) fail(span, asked.error.code);
      return asked;
    });
  }

  /**
   * A span around one call of a tool.
   *
   * @param work Gets the `traceparent` that the call passes on (W3C Trace Context); undefined where no trace is recorded.
   */
  tool<T extends { isError: boolean }>(
    call: { readonly toolUseId: string; readonly name: string; readonly server: string },
    work: (traceparent: string | undefined) => Promise<T>,
  ): Promise<T> {
    const attributes = {
      'gen_ai.operation.name': 'execute_tool',
      'gen_ai.tool.name': call.name,
      'gen_ai.tool.call.id': call.toolUseId,
      'gen_ai.tool.type': 'function',
      'mcp.server.name': call.server,
    };
    return this.#span(`execute_tool ${call.name}`, kinds.internal, attributes, async (span) => {
      const outcome = await work(span && traceparentOf(span));
      if (outcome.isError) fail(span, 'tool_error');
      return outcome;
    });
  }

  #common(operation: string): Record<string, AttributeValue> {
    return {
      'gen_ai.operation.name': operation,
      'gen_ai.provider.name': this.#model.provider ?? 'custom',
      'gen_ai.request.model': this.#model.id,
    };
  }

  async #span<T>(
    name: string,
    kind: number,
    attributes: Record<string, AttributeValue>,
    work: (span: Span | undefined) => Promise<T>,
  ): Promise<T> {
    if (this.#tracer === undefined) return work(undefined);
    return this.#tracer.startActiveSpan(name, { kind, attributes }, async (span: Span) => {
      try {
        return await work(span);
      } catch (cause) {
        fail(span, 'internal');
        throw cause;
      } finally {
        span.end();
      }
    });
  }
}

function usageAttributes({ inputTokens, outputTokens, ...cache }: TokenUsage): Record<string, number> {
  const { cacheReadInputTokens, cacheWriteInputTokens } = cache;
  return {
    'gen_ai.usage.input_tokens': inputTokens,
    'gen_ai.usage.output_tokens': outputTokens,
    ...(cacheReadInputTokens !== undefined && {
      'gen_ai.usage.cache_read.input_tokens': cacheReadInputTokens,
    }),
    ...(cacheWriteInputTokens !== undefined && {
      'gen_ai.usage.cache_creation.input_tokens': cacheWriteInputTokens,
    }),
  };
}

function fail(span: Span | undefined, errorType: string): void {
  span?.setAttributes({ 'error.type': errorType });
  span?.setStatus({ code: statusError });
}

function traceparentOf(span: Span): string | undefined {
  const { traceId, spanId, traceFlags } = span.spanContext();
  // The span of a tracer that records nothing.
  if (/^0*$/.test(traceId)) return undefined;
  return `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`;
}
