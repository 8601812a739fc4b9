import type { AgentEvent, JsonObject } from 'movie-hub';
import type { CallRecord, Step, StepOutcome } from './turn';

/** A step with its index in the turn. */
export interface IndexedStep {
  readonly index: number;
  readonly step: Step;
}

type Called = Extract<AgentEvent, { type: 'tool_call' }>;
type Answered = Extract<AgentEvent, { type: 'tool_result' }>;

/** The tool calls of a turn, in the order of the model's requests. */
export class Steps {
  readonly #ids: string[] = [];
  readonly #servers: string[] = [];
  readonly #steps: Step[] = [];
  readonly #calls: CallRecord[] = [];

  get all(): readonly Step[] {
    return this.#steps;
  }

  /** Finished calls, for the table of all calls. */
  get calls(): readonly CallRecord[] {
    return this.#calls;
  }

  start({ toolUseId, name, server, arguments: given }: Called): IndexedStep {
    return this.#add(toolUseId, server, { name, arguments: given });
  }

  finish(result: Answered): IndexedStep {
    const index = this.#ids.lastIndexOf(result.toolUseId);
    const step = {
      ...(this.#steps[index] ?? { name: result.name, arguments: {} }),
      outcome: outcomeOf(result),
    };
    this.#steps[index] = step;
    const { isError, rows, milliseconds } = result;
    this.#calls.push({
      toolUseId: result.toolUseId,
      server: this.#servers[index] ?? '',
      tool: step.name,
      arguments: step.arguments as JsonObject,
      row_count: isError ? null : (rows ?? null),
      milliseconds,
      is_error: isError,
    });
    return { index, step };
  }

  /** Adds a step for an unavailable server; it is not a call. */
  addFailure(server: string, message: string): IndexedStep {
    const outcome = { isError: true, milliseconds: 0, content: message };
    return this.#add('', server, { name: server, arguments: {}, outcome });
  }

  #add(toolUseId: string, server: string, step: Step): IndexedStep {
    this.#ids.push(toolUseId);
    this.#servers.push(server);
    return { index: this.#steps.push(step) - 1, step };
  }
}

function outcomeOf({ isError, milliseconds, content, structuredContent }: Answered): StepOutcome {
  return structuredContent === undefined || isError
    ? { isError, milliseconds, content }
    : { isError, milliseconds, structuredContent };
}
