// Spans and a metric for tool calls, named after OpenTelemetry's semantic conventions for MCP servers (still in development:
// github.com/open-telemetry/semantic-conventions-genai, docs/gen-ai/mcp.md). Copy it, and pass it to `onToolCall`.
import { metrics, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';

/** Creates a listener for `onToolCall` that reports each call to the app's tracer and meter. */
export function traceToolCalls(scope = 'shop') {
  const tracer = trace.getTracer(scope);
  const duration = metrics.getMeter(scope).createHistogram('mcp.server.operation.duration', {
    unit: 's',
    description: 'Duration of MCP requests on the server',
  });
  return ({ principal, tool, outcome, rows, bytes, milliseconds }) => {
    const common = {
      'mcp.method.name': 'tools/call',
      'gen_ai.operation.name': 'execute_tool',
      'gen_ai.tool.name': tool,
      // The conventions have one value for all error results; the code is below.
      ...(outcome !== 'ok' && { 'error.type': 'tool_error' }),
    };
    duration.record(milliseconds / 1000, common);
    // The call is over, so its span starts in the past. Its parent is the active span, such as that of the HTTP request.
    // Arguments and rows are not recorded: they may contain confidential data.
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
