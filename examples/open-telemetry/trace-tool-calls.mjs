// Spans and a metric of tool calls, named as in OpenTelemetry's semantic conventions for MCP servers (in development there:
// github.com/open-telemetry/semantic-conventions-genai, docs/gen-ai/mcp.md). Copy it, and give it to `onToolCall`.
import { metrics, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';

/** Makes a listener for `onToolCall` that hands each call to whatever tracer and meter the app has set up. */
export function traceToolCalls(scope = 'shop') {
  const tracer = trace.getTracer(scope);
  const duration = metrics.getMeter(scope).createHistogram('mcp.server.operation.duration', {
    unit: 's',
    description: 'How long MCP requests took on the server',
  });
  return ({ principal, tool, outcome, rows, bytes, milliseconds }) => {
    const common = {
      'mcp.method.name': 'tools/call',
      'gen_ai.operation.name': 'execute_tool',
      'gen_ai.tool.name': tool,
      // The conventions have one value for every answer that is an error; its code is below.
      ...(outcome !== 'ok' && { 'error.type': 'tool_error' }),
    };
    duration.record(milliseconds / 1000, common);
    // The call is over, so its span begins in the past. Its parent is what is active: the span of the HTTP request, where
    // the app traces those. No argument and no row is recorded: they may hold what others must not read.
    const end = Date.now();
    const span = tracer.startSpan(`tools/call ${tool}`, {
      kind: SpanKind.SERVER,
      startTime: end - milliseconds,
      attributes: {
        ...common,
        'movie_hub.tool.outcome': outcome,
        'movie_hub.tool.rows': rows,
        'movie_hub.tool.bytes': bytes,
        ...(principal !== undefined && { 'enduser.id': String(principal) }),
      },
    });
    if (outcome !== 'ok') span.setStatus({ code: SpanStatusCode.ERROR, message: outcome });
    span.end(end);
  };
}
