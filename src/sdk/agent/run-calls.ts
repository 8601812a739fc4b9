import { untilAborted } from '../abort';
import type { Emit } from './events';
import { type LimitStopReason, stoppedText } from './limits';
import { errorResult, isBlank } from './messages';
import type { JsonObject, ModelTool, ToolResult, ToolUse } from './model';
import type { RequestedTool } from './read-answer';
import type { ApproveTool } from './run-options';
import { callTool, failedOutcome, type ToolOutcome } from './servers/call';
import { argumentProblem } from './servers/check-arguments';
import type { BoundTool, Toolbox } from './servers/toolbox';
import { safeName, takeName } from './wire';

/** A tool use as the transcript keeps it, and how to run it. */
export interface PlannedCall {
  toolUse: ToolUse & { input: JsonObject };
  tool?: BoundTool | undefined;
  /** Why it cannot be run, as a sentence for the model. */
  problem?: string | undefined;
}

export interface CallRunnerOptions {
  toolbox: Toolbox;
  /** The ids of the tool uses in the transcript so far; those of new ones are added. */
  ids: Set<string>;
  approveTool: ApproveTool | undefined;
  maxParallel: number;
  /** Time for one call, in ms. */
  timeoutMs: number;
  /** Time for one call that reports progress, in ms. */
  maxTimeoutMs: number;
  /** Bytes of a result, as UTF-8, that are passed on. */
  maxResultBytes: number;
  /** Encloses tool results; see `fenceData`. */
  fence: string;
  emit: Emit;
}

/** Plans and runs the calls of a run's tools. */
export class CallRunner {
  readonly #options: CallRunnerOptions;

  constructor(options: CallRunnerOptions) {
    this.#options = options;
  }

  /**
   * Makes a request of the model safe to keep and to send back.
   *
   * @param offered The tools of the request's step: the model may call no other.
   */
  plan(request: RequestedTool, offered: readonly ModelTool[]): PlannedCall {
    const { toolbox, ids } = this.#options;
    const name = safeName(request.name, 'unnamed_tool');
    // Models make up the names that servers use; the transcript keeps the safe one.
    const tool = toolbox.find(request.name) ?? toolbox.find(safeName(request.name, ''));
    const toolUseId = takeName(safeName(request.toolUseId, 'tool_use'), ids);
    const problem = unavailable(name, tool, offered) ?? malformed(request);
    return { toolUse: { toolUseId, name, input: request.input ?? {} }, tool, problem };
  }

  /**
   * Runs calls in parallel, up to the limit. Returns the results in the order of the calls; never rejects.
   *
   * Readers of events and servers in this process get copies: their changes do not reach the transcript.
   */
  async run(calls: readonly PlannedCall[], signal: AbortSignal): Promise<ToolResult[]> {
    const { emit, maxParallel } = this.#options;
    for (const { toolUse, tool } of calls) {
      emit({
        type: 'tool_call',
        toolUseId: toolUse.toolUseId,
        name: tool?.name ?? toolUse.name,
        server: tool?.server ?? '',
        arguments: structuredClone(toolUse.input),
      });
    }
    const results: ToolResult[] = [];
    const waiting = calls.entries();
    const worker = async () => {
      for (const [index, call] of waiting) results[index] = await this.#runOne(call, signal);
    };
    await Promise.all(Array.from({ length: Math.min(maxParallel, calls.length) }, worker));
    return results;
  }

  async #runOne(call: PlannedCall, signal: AbortSignal): Promise<ToolResult> {
    const start = performance.now();
    const { toolResult, ...shown } = await this.#outcomeOf(call, signal);
    const { toolUseId, name } = call.toolUse;
    this.#options.emit({
      type: 'tool_result',
      toolUseId,
      name: call.tool?.name ?? name,
      ...structuredClone(shown),
      milliseconds: Math.round(performance.now() - start),
    });
    return toolResult;
  }

  async #outcomeOf({ toolUse, tool, problem }: PlannedCall, signal: AbortSignal): Promise<ToolOutcome> {
    const { toolUseId, input } = toolUse;
    if (signal.aborted) return failedOutcome(toolUseId, stoppedText(signal));
    if (!tool || problem) return failedOutcome(toolUseId, problem ?? 'There is no such tool.');
    const wrong = argumentProblem(tool.inputSchema, input) ?? (await this.#denial(toolUse, tool, signal));
    if (wrong) return failedOutcome(toolUseId, wrong);
    const { timeoutMs, maxTimeoutMs, maxResultBytes, fence } = this.#options;
    const limits = { timeoutMs, maxTimeoutMs, maxResultBytes };
    return callTool(tool, structuredClone(input), { toolUseId, signal, fence, ...limits });
  }

  /** Asks whether a call may run. Anything but true denies it. */
  async #denial(
    { toolUseId, input }: PlannedCall['toolUse'],
    { name, server }: BoundTool,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    const { approveTool } = this.#options;
    if (approveTool === undefined) return undefined;
    try {
      const call = { toolUseId, name, server, arguments: structuredClone(input) };
      const answer = await untilAborted(Promise.resolve(approveTool(call)), signal);
      if (answer === true) return undefined;
      const reason = (answer || undefined)?.deny;
      return isBlank(reason) ? 'The call was denied.' : `The call was denied: ${reason}`;
    } catch {
      return signal.aborted ? stoppedText(signal) : 'The call was denied.';
    }
  }
}

/** Builds the result of a call that a limit left no room for. */
export function notRun({ toolUse }: PlannedCall, limit: LimitStopReason): ToolResult {
  return errorResult(toolUse.toolUseId, `Not run: the limit ${limit} was reached.`);
}

function malformed({ input }: RequestedTool): string | undefined {
  if (input !== undefined) return undefined;
  return 'Not run: the arguments were not a JSON object. Call the tool again with arguments that fit its schema.';
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
