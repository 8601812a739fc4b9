import { untilAborted } from '../abort';
import type { AgentEvent } from './agent-event';
import { callTool, failedOutcome, stoppedText, type ToolOutcome } from './call-tool';
import { argumentProblem } from './check-arguments';
import type { CheckedLimits, LimitStopReason } from './limits';
import { errorResult, isBlank } from './messages';
import type { JsonObject, ModelTool, ToolResult, ToolUse } from './model';
import type { RequestedTool } from './read-answer';
import { safeName, takeName } from './safe-name';
import type { ApproveTool } from './steering';
import type { BoundTool, Toolbox } from './toolbox';

/** A tool use as the transcript keeps it, and what is to be done about it. */
export interface PlannedCall {
  toolUse: ToolUse & { input: JsonObject };
  /** The input, with the server's own names of properties. */
  given: JsonObject;
  tool?: BoundTool | undefined;
  /** Why it cannot be run, in words for the model. */
  problem?: string | undefined;
}

export interface RunCallsOptions {
  signal: AbortSignal;
  limits: CheckedLimits;
  approveTool?: ApproveTool | undefined;
  /** What tool results are fenced with; see `fenceData`. */
  fence: string;
  emit: (event: AgentEvent) => void;
}

/**
 * Makes what the model asked for safe to keep and to send back.
 *
 * @param offered The tools that the model was told of: it may call no other.
 * @param ids The ids already used in the transcript.
 */
export function planCall(
  request: RequestedTool,
  toolbox: Toolbox,
  offered: readonly ModelTool[],
  ids: Set<string>,
): PlannedCall {
  const name = safeName(request.name, 'unnamed_tool');
  // The transcript keeps the safe name, so that is what was asked for: models make up the names that servers have.
  const tool = toolbox.find(request.name) ?? toolbox.find(safeName(request.name, ''));
  const toolUseId = takeName(safeName(request.toolUseId, 'tool_use'), ids);
  const problem = unavailable(name, tool, offered) ?? malformed(request);
  const input = request.input ?? {};
  return { toolUse: { toolUseId, name, input }, given: tool?.toServer(input) ?? input, tool, problem };
}

/**
 * Runs the calls at once, up to a number of them; the results come in the order of the calls. Never rejects.
 *
 * Readers of events and servers in this process get copies: what they change is not changed in the transcript.
 */
export async function runCalls(
  calls: readonly PlannedCall[],
  options: RunCallsOptions,
): Promise<ToolResult[]> {
  for (const { toolUse, tool, given } of calls) {
    const { toolUseId, name } = toolUse;
    options.emit({
      type: 'tool_call',
      toolUseId,
      name: tool?.name ?? name,
      server: tool?.server ?? '',
      arguments: structuredClone(given),
    });
  }
  const results: ToolResult[] = [];
  const waiting = calls.entries();
  const worker = async () => {
    for (const [index, call] of waiting) results[index] = await runCall(call, options);
  };
  const workers = Math.min(options.limits.maxParallelTools, calls.length);
  await Promise.all(Array.from({ length: workers }, worker));
  return results;
}

/** The result of a call that a limit left no room for. */
export function notRun({ toolUse }: PlannedCall, limit: LimitStopReason): ToolResult {
  return errorResult(toolUse.toolUseId, `Not run: the limit ${limit} was reached.`);
}

async function runCall(call: PlannedCall, options: RunCallsOptions): Promise<ToolResult> {
  const start = performance.now();
  const { toolResult, ...shown } = await outcomeOf(call, options);
  const { toolUseId, name } = call.toolUse;
  const milliseconds = Math.round(performance.now() - start);
  const event = { toolUseId, name: call.tool?.name ?? name, ...structuredClone(shown), milliseconds };
  options.emit({ type: 'tool_result', ...event });
  return toolResult;
}

async function outcomeOf(
  { toolUse, given, tool, problem }: PlannedCall,
  options: RunCallsOptions,
): Promise<ToolOutcome> {
  const { toolUseId } = toolUse;
  if (options.signal.aborted) return failedOutcome(toolUseId, stoppedText(options.signal));
  if (!tool || problem) return failedOutcome(toolUseId, problem ?? 'There is no such tool.');
  const wrong = argumentProblem(tool.inputSchema, given, tool.nameOf);
  if (wrong) return failedOutcome(toolUseId, wrong);
  const denial = await denialOf(toolUseId, given, tool, options);
  if (denial) return failedOutcome(toolUseId, denial);
  const { signal, limits, fence } = options;
  return callTool(tool, structuredClone(given), {
    toolUseId,
    signal,
    fence,
    timeoutMs: limits.toolTimeoutMs,
    maxBytes: limits.maxToolResultBytes,
  });
}

/** Asks whether a call may run. Whatever is not true denies it. */
async function denialOf(
  toolUseId: string,
  given: JsonObject,
  { name, server }: BoundTool,
  { approveTool, signal }: RunCallsOptions,
): Promise<string | undefined> {
  if (approveTool === undefined) return undefined;
  try {
    const call = { toolUseId, name, server, arguments: structuredClone(given) };
    const answer = await untilAborted(Promise.resolve(approveTool(call)), signal);
    if (answer === true) return undefined;
    const reason = (answer || undefined)?.deny;
    return isBlank(reason) ? 'The call was denied.' : `The call was denied: ${reason}`;
  } catch {
    return signal.aborted ? stoppedText(signal) : 'The call was denied.';
  }
}

function malformed({ input }: RequestedTool): string | undefined {
  return input === undefined
    ? 'Not run: the arguments were not a JSON object. Call the tool again with arguments that fit its schema.'
    : undefined;
}

function unavailable(
  name: string,
  tool: BoundTool | undefined,
  offered: readonly ModelTool[],
): string | undefined {
  if (tool && offered.includes(tool.spec)) return undefined;
  const names = offered.map((spec) => spec.name).join(', ');
  const offer = names === '' ? 'There are no tools.' : `The tools are: ${names}.`;
  return tool
    ? `The tool ${name} is not available in this step. ${offer}`
    : `There is no tool named ${name}. ${offer}`;
}
