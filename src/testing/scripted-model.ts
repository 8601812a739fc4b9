import type { Model, ModelEvent, ModelRequest } from 'movie-hub';
import { type PlayedTurn, Script, type ScriptOptions } from './script';
import { modelRequestProblems } from './transcript-rules';

/**
 * A model that plays a script, without a network.
 *
 * It refuses requests that Bedrock would refuse. Faults are thrown with the names that the AWS client uses.
 */
export class ScriptedModel implements Model {
  readonly id = 'scripted';
  readonly #script: Script;

  constructor(options: ScriptOptions) {
    this.#script = new Script(options, modelRequestProblems);
  }

  /** Copies of the requests, in order. */
  get requests(): readonly ModelRequest[] {
    return this.#script.requests;
  }

  /** @throws Error when turns remain, when there were too few, or when a request was refused. */
  assertComplete(): void {
    this.#script.assertComplete();
  }

  async *stream(request: ModelRequest, signal: AbortSignal): AsyncGenerator<ModelEvent> {
    signal.throwIfAborted();
    const { events, fault } = await this.#script.play(request);
    if (!isHttpError(fault)) {
      for (const event of events) {
        signal.throwIfAborted();
        yield event;
      }
    }
    if (fault !== undefined) await fail(fault, signal);
  }
}

type Fault = NonNullable<PlayedTurn['fault']>;

function isHttpError(fault: Fault | undefined): boolean {
  return typeof fault === 'object' && 'status' in fault;
}

/** Throws the error of a fault; returns only for `end`. */
async function fail(fault: Fault, signal: AbortSignal): Promise<void> {
  if (fault === 'end') return;
  if (fault === 'stall') await aborted(signal);
  if (fault instanceof Error) throw fault;
  if (fault === 'corrupt') throw new Error('The message checksum did not match.');
  if (typeof fault === 'string') throw new Error('aborted');
  const name = 'status' in fault ? fault.type : fault.exception;
  throw Object.assign(new Error(fault.message ?? name), { name });
}

/** Waits until `signal` aborts. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
