import { AsyncLocalStorage } from 'node:async_hooks';
import { type Context, context, ROOT_CONTEXT, type Tracer, trace } from '@opentelemetry/api';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { scriptedRun } from './support/run';
import { toolServer } from './support/tool-server';

const exporter = new InMemorySpanExporter();
const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
const tracer: Tracer = provider.getTracer('test');
const storage = new AsyncLocalStorage<Context>();

beforeAll(() => {
  context.setGlobalContextManager({
    active: () => storage.getStore() ?? ROOT_CONTEXT,
    with: (given, work, self, ...args) => storage.run(given, () => work.call(self as never, ...args)),
    bind: (_, target) => target,
    enable() {
      return this;
    },
    disable() {
      return this;
    },
  });
});
afterAll(() => context.disable());
beforeEach(() => exporter.reset());

const call = (name: string) => ({ toolUse: { name } });
const spans = () =>
  exporter.getFinishedSpans().map((span) => ({
    name: span.name,
    attributes: span.attributes,
    id: span.spanContext().spanId,
    traceId: span.spanContext().traceId,
    parent: span.parentSpanContext?.spanId,
    status: span.status.code,
  }));

describe('with a tracer', () => {
  test('a run, its steps and its tools are spans of one trace, by the conventions', async () => {
    let traceparent: unknown;
    const server = toolServer('films', { find: { run: () => 'Heat' } });
    const { setRequestHandler: _ } = server;
    const connect = server.connect.bind(server);
    server.connect = async (transport) => {
      await connect(transport);
      const { onmessage } = transport;
      transport.onmessage = (message, extra) => {
        const { params } = message as { params?: { _meta?: { traceparent?: string } } };
        traceparent ??= params?._meta?.traceparent;
        onmessage?.(message, extra);
      };
    };
    const turns = [{ content: [call('find')], usage: { inputTokens: 7, outputTokens: 3 } }, 'Heat.'];
    const { result } = await scriptedRun(turns, { servers: [server], tracer, inference: { maxTokens: 99 } });
    expect(result.stopReason).toBe('end_turn');
    const [first, tool, second, run] = spans();
    expect(run).toMatchObject({
      name: 'invoke_agent',
      parent: undefined,
      attributes: {
        'gen_ai.operation.name': 'invoke_agent',
        'gen_ai.provider.name': 'custom',
        'gen_ai.request.model': 'scripted',
        'gen_ai.conversation.id': result.runId,
        'gen_ai.usage.input_tokens': 17,
        'gen_ai.usage.output_tokens': 8,
        'gen_ai.response.finish_reasons': ['end_turn'],
      },
    });
    expect(first).toMatchObject({
      name: 'chat scripted',
      parent: run?.id,
      attributes: {
        'gen_ai.operation.name': 'chat',
        'gen_ai.request.max_tokens': 99,
        'gen_ai.usage.input_tokens': 7,
        'gen_ai.response.finish_reasons': ['tool_use'],
      },
    });
    expect(second).toMatchObject({ name: 'chat scripted', parent: run?.id });
    expect(tool).toMatchObject({
      name: 'execute_tool find',
      parent: run?.id,
      attributes: { 'gen_ai.tool.name': 'find', 'gen_ai.tool.call.id': 'tooluse_1' },
    });
    expect(traceparent).toBe(`00-${run?.traceId}-${tool?.id}-01`);
  });

  test('what fails says so, and no span holds what was asked, answered or found', async () => {
    const server = toolServer('films', { find: { run: () => ({ isError: true, content: [] }) } });
    const turns = [[{ text: 'secret words' }, call('find')], new Error('secret cause')];
    await scriptedRun(turns, { servers: [server], tracer, output: z.object({ secret: z.string() }) });
    const byName = Object.fromEntries(spans().map((span) => [span.name, span]));
    expect(byName['execute_tool find']).toMatchObject({
      status: 2,
      attributes: { 'error.type': 'tool_error' },
    });
    expect(byName.invoke_agent).toMatchObject({ status: 2, attributes: { 'error.type': 'model_failed' } });
    expect(JSON.stringify(spans())).not.toMatch(/secret|Alien/);
  });
});

test('a tracer that fails ends the run with an error, and does not reject', async () => {
  const failing = {
    startActiveSpan: () => {
      throw new Error('no spans');
    },
  } as unknown as Tracer;
  const { result } = await scriptedRun(['Heat.'], { tracer: failing });
  expect(result).toMatchObject({ stopReason: 'error', error: { code: 'internal' } });
});

test('a tracer that records nothing passes no trace on', async () => {
  const metas: unknown[] = [];
  const server = toolServer('films', { find: { run: () => 'Heat' } });
  const connect = server.connect.bind(server);
  server.connect = async (transport) => {
    await connect(transport);
    const { onmessage } = transport;
    transport.onmessage = (message, extra) => {
      if ('method' in message && message.method === 'tools/call') metas.push(message.params?._meta);
      onmessage?.(message, extra);
    };
  };
  const silent = trace.getTracer('nobody records');
  const { result } = await scriptedRun([[call('find')], 'Heat.'], { servers: [server], tracer: silent });
  expect(result.stopReason).toBe('end_turn');
  expect(metas).toEqual([undefined]);
});

test('without one there are none', async () => {
  await scriptedRun(['Heat.']);
  expect(spans()).toEqual([]);
  expect(trace.getActiveSpan()).toBeUndefined();
});
