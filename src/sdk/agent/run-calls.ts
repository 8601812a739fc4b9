import { untilAborted } from '../abort';
import type { Emit } from './events';
import { type LimitStopReason, stoppedText } from './limits';
import { errorResult, isBlank } from './messages';
import type { JsonObject, ModelTool, ToolResult, ToolUse } from './model';
import type { RequestedTool } from './read-answer';
import type { ApproveTool, ToolCallRequest } from './run-options';
import { callTool, failedOutcome, type ToolOutcome } from './servers/call';
import { argumentProblem } from './servers/check-arguments';
import type { BoundTool, Toolbox } from './servers/toolbox';
import type { Journal, Unfinished, UnfinishedCall } from './store';
import type { Telemetry } from './telemetry';
import { safeName, takeName, toJsonObject } from './wire';

/** A tool use as the transcript keeps it, and how to run it. */
export interface PlannedCall {
  toolUse: ToolUse & { input: JsonObject };
  tool?: BoundTool | undefined;
  /** Why it cannot be run, as a sentence for the model. */
  problem?: string | undefined;
  /** What an earlier process left of the call. */
  earlier?: UnfinishedCall | undefined;
}

export interface CallRunnerOptions {
  toolbox: Toolbox;
  /** The tool for an answer in a form, which is none of the toolbox. */
  answerTool: ModelTool | undefined;
  /** The ids of the tool uses in the transcript so far; those of new ones are added. */
  ids: Set<string>;
  approveTool: ApproveTool | undefined;
  journal: Journal;
  telemetry: Telemetry;
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

  /** Plans the calls that an earlier process left open, with what it left of them. */
  replan({ message, problems, calls }: Unfinished): PlannedCall[] {
    const { toolbox, answerTool } = this.#options;
    const offered = answerTool ? [...toolbox.specs, answerTool] : toolbox.specs;
    return message.content.flatMap((block): PlannedCall[] => {
      if (!('toolUse' in block)) return [];
      const { toolUseId, name } = block.toolUse;
      const tool = toolbox.find(name);
      const noted = Object.hasOwn(problems, toolUseId) ? problems[toolUseId] : undefined;
      const problem = noted ?? (tool ? undefined : unavailable(name, tool, offered));
      const toolUse = { ...block.toolUse, input: toJsonObject(block.toolUse.input) ?? {} };
      return [{ toolUse, tool, problem, earlier: calls.get(toolUseId) }];
    });
  }

  /**
   * Runs calls in parallel, up to the limit. Returns the results in the order of the calls, and those that wait for an approval.
   *
   * Readers of events and servers in this process get copies: their changes do not reach the transcript.
   *
   * @throws MovieHubError when the journal could not keep a call: then no further one is made.
   */
  async run(
    calls: readonly PlannedCall[],
    signal: AbortSignal,
  ): Promise<{ results: ToolResult[]; awaiting: ToolCallRequest[] }> {
    const { emit, maxParallel } = this.#options;
    for (const call of calls) if (!call.earlier?.result) emit({ type: 'tool_call', ...requestOf(call) });
    const results: ToolResult[] = [];
    const awaiting: ToolCallRequest[] = [];
    const waiting = calls.entries();
    const worker = async () => {
      for (const [index, call] of waiting) {
        const result = call.earlier?.result ?? (await this.#runOne(call, signal));
        if (result === undefined) awaiting.push(requestOf(call));
        results[index] = result ?? errorResult(call.toolUse.toolUseId, 'This call waits for an approval.');
      }
    };
    const workers = Array.from({ length: Math.min(maxParallel, calls.length) }, worker);
    for (const ended of await Promise.allSettled(workers))
      if (ended.status === 'rejected') throw ended.reason;
    return { results, awaiting };
  }

  /** Returns undefined for a call that waits for an approval. */
  async #runOne(call: PlannedCall, signal: AbortSignal): Promise<ToolResult | undefined> {
    const start = performance.now();
    const outcome = await this.#outcomeOf(call, signal);
    if (outcome === undefined) {
      if (!call.earlier?.isAwaiting)
        await this.#options.journal.write({ type: 'awaiting', toolUseId: call.toolUse.toolUseId });
      this.#options.emit({ type: 'approval_needed', ...requestOf(call) });
      return undefined;
    }
    const { isUnmade, toolResult, ...shown } = outcome;
    const { toolUseId, name } = call.toolUse;
    // A call that an abort or a limit kept from being made is left to whoever goes on with the run.
    if (!isUnmade) await this.#options.journal.write({ type: 'result', toolResult });
    this.#options.emit({
      type: 'tool_result',
      toolUseId,
      name: call.tool?.name ?? name,
      ...structuredClone(shown),
      milliseconds: Math.round(performance.now() - start),
    });
    return toolResult;
  }

  /** Returns undefined for a call that waits for an approval. */
  async #outcomeOf(
    call: PlannedCall,
    signal: AbortSignal,
  ): Promise<(ToolOutcome & { isUnmade?: boolean }) | undefined> {
    const { toolUse, tool, problem, earlier } = call;
    const { toolUseId, input } = toolUse;
    const { journal } = this.#options;
    const waits = earlier?.isAwaiting === true && !earlier.hasBegun;
    const isUndecided = waits && earlier.decision === undefined;
    // Whatever keeps it from being made now, no decision is taken from whoever is to make it, nor used up.
    if ((waits && !tool) || (isUndecided && signal.aborted)) return undefined;
    if (signal.aborted)
      return { ...failedOutcome(toolUseId, stoppedText(signal)), isUnmade: !earlier?.hasBegun };
    if (!tool || problem) return failedOutcome(toolUseId, problem ?? 'There is no such tool.');
    // It was approved before it began.
    const mayRepeat = earlier?.hasBegun === true && tool.isRepeatable;
    if (earlier?.hasBegun && !mayRepeat) return failedOutcome(toolUseId, unknownEnd);
    const wrong = argumentProblem(tool.inputSchema, input);
    if (wrong) return failedOutcome(toolUseId, wrong);
    const denial = mayRepeat ? undefined : await this.#denial(call, tool, signal);
    if (denial === 'later' || (isUndecided && signal.aborted)) return undefined;
    if (denial !== undefined) return { ...failedOutcome(toolUseId, denial), isUnmade: signal.aborted };
    await journal.write({ type: 'call', toolUseId });
    const { telemetry, timeoutMs, maxTimeoutMs, maxResultBytes, fence } = this.#options;
    const options = { toolUseId, signal, fence, timeoutMs, maxTimeoutMs, maxResultBytes };
    const { name, server } = tool;
    return telemetry.tool({ toolUseId, name, server }, (traceparent) =>
      callTool(tool, structuredClone(input), { ...options, traceparent }),
    );
  }

  /** Asks whether a call may run. Anything but true denies it, and `later` leaves it open. Returns why it may not. */
  async #denial(call: PlannedCall, tool: BoundTool, signal: AbortSignal): Promise<string | undefined> {
    const { approveTool, journal } = this.#options;
    const { decision, isAwaiting } = call.earlier ?? {};
    if (decision !== undefined) return decision === true ? undefined : denied(decision?.deny);
    if (approveTool === undefined) return isAwaiting ? 'later' : undefined;
    try {
      const request = { ...requestOf(call), name: tool.name, server: tool.server };
      const answer = await untilAborted(Promise.resolve(approveTool(request)), signal);
      if (answer === true) return undefined;
      if (answer === 'later')
        return journal.isKept ? 'later' : denied('nothing can wait where a run has no store');
      return denied((answer || undefined)?.deny);
    } catch {
      return signal.aborted ? stoppedText(signal) : denied(undefined);
    }
  }
}

/** What a model gets for a call of which nobody knows whether it took place. */
const unknownEnd =
  'The run was interrupted while this call ran. Whether it took place is not known, so it was not made again.';

function denied(reason: string | undefined): string {
  return isBlank(reason) ? 'The call was denied.' : `The call was denied: ${reason}`;
}

function requestOf({ toolUse, tool }: PlannedCall): ToolCallRequest {
  const { toolUseId, name, input } = toolUse;
  return {
    toolUseId,
    name: tool?.name ?? name,
    server: tool?.server ?? '',
    arguments: structuredClone(input),
  };
}

/** Builds the result of a call that a limit left no room for. */
export function notRun({ toolUse }: PlannedCall, limit: LimitStopReason = 'max_tool_calls'): ToolResult {
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
  if (offered.some((spec) => (tool ? spec === tool.spec : spec.name === name))) return undefined;
  const names = offered.map((spec) => spec.name).join(', ');
  const offer = names === '' ? 'There are no tools.' : `The tools are: ${names}.`;
  return tool
    ? `The tool ${name} is not available in this step. ${offer}`
    : `There is no tool named ${name}. ${offer}`;
}
