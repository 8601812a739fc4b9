// Every tool call becomes an OpenTelemetry span and measurement: user, tool, outcome and duration.
//
//   node examples/open-telemetry/run.mjs
//
// It keeps spans in memory, prints them, and checks itself: if a span is missing or wrong, it exits with code 1.
import assert from 'node:assert/strict';
import { stdout } from 'node:process';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js';
import { metrics, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { createMovieMcpServer } from 'movie-hub';
import { demoDataFolder, installSchema, loadImdb, openEmbeddedDatabase } from 'movie-hub/dataset';
import { traceToolCalls } from './trace-tool-calls.mjs';

// In an app, use OpenTelemetry's Node SDK with an exporter to your collector. Nothing else changes.
const exporter = new InMemorySpanExporter();
trace.setGlobalTracerProvider(
  new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }),
);
// A minimal meter; an app uses the MeterProvider of @opentelemetry/sdk-metrics.
const measured = [];
metrics.setGlobalMeterProvider({
  getMeter: () => ({
    createHistogram: (name, { unit }) => ({
      record: (value, attributes) => measured.push({ name, unit, value, attributes }),
    }),
  }),
});

const { pool, close } = await openEmbeddedDatabase();
await installSchema(pool);
await loadImdb(pool, demoDataFolder());

const server = createMovieMcpServer(
  pool,
  { titleTypes: [1], principal: 'jim' },
  { onToolCall: traceToolCalls('films') },
);
const client = new Client({ name: 'open-telemetry', version: '1' });
const [here, there] = InMemoryTransport.createLinkedPair();
await server.connect(there);
await client.connect(here);

await client.callTool({ name: 'get_movie_characters', arguments: { title: 'The Godfather' } });
await client.callTool({ name: 'get_actor_roles', arguments: { actor: 'Peter Sellers', title_types: [5] } });
// A call is reported after its response, so that listeners cannot slow it down.
await new Promise(setImmediate);

const spans = exporter.getFinishedSpans();
for (const { name, attributes, duration, status } of spans) {
  const milliseconds = duration[0] * 1e3 + duration[1] / 1e6;
  stdout.write(`${name}  ${milliseconds.toFixed(1)} ms  ${status.message ?? 'ok'}\n`);
  for (const [key, value] of Object.entries(attributes)) stdout.write(`  ${key.padEnd(24)} ${value}\n`);
}

const [answered, refused] = spans;
assert.equal(spans.length, 2);
assert.equal(answered.name, 'tools/call get_movie_characters');
assert.equal(answered.kind, SpanKind.SERVER);
assert.equal(answered.status.code, SpanStatusCode.UNSET);
const { 'movie_hub.tool.rows': rows, 'movie_hub.tool.bytes': bytes, ...attributes } = answered.attributes;
assert.ok(rows > 0 && bytes > rows);
assert.deepEqual(attributes, {
  'mcp.method.name': 'tools/call',
  'gen_ai.operation.name': 'execute_tool',
  'gen_ai.tool.name': 'get_movie_characters',
  'movie_hub.tool.outcome': 'ok',
  'enduser.id': 'jim',
});
assert.equal(refused.status.code, SpanStatusCode.ERROR);
assert.equal(refused.attributes['error.type'], 'tool_error');
assert.equal(refused.attributes['movie_hub.tool.outcome'], 'invalid_argument');
// Arguments and results are in no span.
assert.doesNotMatch(
  JSON.stringify(spans.map((span) => [span.name, span.attributes])),
  /Godfather|Brando|Sellers/,
);

assert.deepEqual(
  measured.map(({ name, unit, attributes }) => [
    name,
    unit,
    attributes['gen_ai.tool.name'],
    attributes['error.type'],
  ]),
  [
    ['mcp.server.operation.duration', 's', 'get_movie_characters', undefined],
    ['mcp.server.operation.duration', 's', 'get_actor_roles', 'tool_error'],
  ],
);

await client.close();
await close();
stdout.write('All checks passed.\n');
