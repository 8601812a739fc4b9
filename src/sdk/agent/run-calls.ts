import type { AgentEvent } from './agent-event';
import { callTool, failedOutcome, stoppedText, type ToolOutcome } from './call-tool';
import { errorResult } from './messages';
import type { JsonObject, ToolResult, ToolUse } from './model';
import type { RequestedTool } from './read-answer';
import { safeName, takeName } from './safe-name';
import type { BoundTool, Toolbox } from './toolbox';

/** A tool use as the transcript keeps it, and what is to be done about it. */
export interface PlannedCall {
  toolUse: ToolUse & { input: JsonObject };
  tool?: BoundTool | undefined;
  /** Why it cannot be run, in words for the model. */
  problem?: string | undefined;
}

export interface RunCallsOptions {
  signal: AbortSignal;
  toolTimeoutMs: number;
  maxToolResultBytes: number;
  emit: (event: AgentEvent) => void;
}

/** Makes what the model asked for safe to keep and to send back; `ids` holds the ids already used in the transcript. */
export function planCall(request: RequestedTool, toolbox: Toolbox, ids: Set<string>): PlannedCall {
  const tool = toolbox.find(request.name);
  const name = safeName(request.name, 'unnamed_tool');
  const toolUseId = takeName(safeName(request.toolUseId, 'tool_use'), ids);
  const problem = tool ? malformed(request) : unknownTool(name, toolbox);
  return { toolUse: { toolUseId, name, input: request.input ?? {} }, tool, problem };
}

/** Runs all calls at once; the results come in the order of the calls. Never rejects. */
export function runCalls(calls: readonly PlannedCall[], options: RunCallsOptions): Promise<ToolResult[]> {
  for (const { toolUse, tool } of calls) {
    const { toolUseId, name, input } = toolUse;
    options.emit({
      type: 'tool_call',
      toolUseId,
      name: tool?.name ?? name,
      server: tool?.server ?? '',
      arguments: input,
    });
  }
  return Promise.all(calls.map((call) => runCall(call, options)));
}

/** The result of a call that the turn limit left no turn for. */
export function notRun({ toolUse }: PlannedCall): ToolResult {
  return errorResult(toolUse.toolUseId, 'Not run: the limit of turns was reached.');
}

async function runCall(call: PlannedCall, options: RunCallsOptions): Promise<ToolResult> {
  const start = performance.now();
  const { toolResult, ...shown } = await outcomeOf(call, options);
  const { toolUseId, name } = call.toolUse;
  const milliseconds = Math.round(performance.now() - start);
  options.emit({ type: 'tool_result', toolUseId, name: call.tool?.name ?? name, ...shown, milliseconds });
  return toolResult;
}

async function outcomeOf(
  { toolUse, tool, problem }: PlannedCall,
  options: RunCallsOptions,
): Promise<ToolOutcome> {
  const { toolUseId, input } = toolUse;
  if (options.signal.aborted) return failedOutcome(toolUseId, stoppedText);
  if (!tool || problem) return failedOutcome(toolUseId, problem ?? 'There is no such tool.');
  const { signal, toolTimeoutMs, maxToolResultBytes } = options;
  return callTool(tool, input, { toolUseId, signal, timeoutMs: toolTimeoutMs, maxBytes: maxToolResultBytes });
}

function malformed({ input }: RequestedTool): string | undefined {
  return input === undefined
    ? 'Not run: the arguments were not a JSON object. Call the tool again with arguments that fit its schema.'
    : undefined;
}

function unknownTool(name: string, { specs }: Toolbox): string {
  const offer =
    specs.length > 0 ? `The tools are: ${specs.map((spec) => spec.name).join(', ')}.` : 'There are no tools.';
  return `There is no tool named ${name}. ${offer}`;
}
