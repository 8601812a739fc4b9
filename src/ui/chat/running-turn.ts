import type { FastifyBaseLogger } from 'fastify';
import { type AgentResult, runAgent, type ToolCall } from 'movie-hub';
import type { Hub, Principal } from '../hub-context';
import { currentPrincipal } from '../principal';
import { EntitlementWatch, entitlementsLost } from './entitlement-watch';
import { Steps } from './steps';
import { joinTurns, lastTurn, questionMessage } from './transcript';
import { addUsage, type Turn, type TurnUsage, zeroUsage } from './turn';
import {
  type BegunTurn,
  beginCall,
  endTurn,
  type ToolCallRequest,
  type TurnEnd,
  transcriptOf,
  turnId,
} from './turns';
import { type TurnUpdate, UpdateQueue } from './update-queue';

/** A question to answer. */
export interface TurnPlan {
  readonly hub: Hub;
  readonly principal: Principal;
  readonly begun: BegunTurn;
  readonly question: string;
  readonly log: FastifyBaseLogger;
  /** Called with a failed save, to retry it later. */
  readonly saveLater: (save: () => Promise<void>) => void;
}

/** Why a turn was ended early. */
export type StopReason = 'aborted' | 'server_stopped' | typeof entitlementsLost.stopReason;

/**
 * A running turn. It starts at once, runs even if nobody reads it, and is stored when it ends.
 *
 * It is stored with every title type that the user was entitled to while it ran, and shown only to users with all of them. The
 * user's session and entitlements are checked every second, before each model call, at each tool call and at the end. After a
 * loss the run ends and nothing more is shown. No database connection is held between the checks.
 */
export class RunningTurn {
  readonly id: string;
  /** Settles when the turn has been stored; rejects when the run or the storing failed. */
  readonly done: Promise<Turn>;
  readonly #plan: TurnPlan;
  readonly #updates = new UpdateQueue();
  readonly #steps = new Steps();
  readonly #watch: EntitlementWatch;
  readonly #recordedCalls = new Map<string, string>();
  readonly #recordings: Promise<unknown>[] = [];
  readonly #controller = new AbortController();
  readonly #started = performance.now();
  #stopReason: StopReason = 'aborted';
  #usage: TurnUsage;

  constructor(plan: TurnPlan) {
    this.#plan = plan;
    this.id = turnId(plan.begun.number);
    this.#usage = { model: plan.hub.options.model.id };
    const { hub, principal } = plan;
    const find = () => currentPrincipal(hub, principal.session);
    this.#watch = new EntitlementWatch(principal, find, () => this.stop(entitlementsLost.stopReason));
    this.done = this.#answer();
    this.done.then(
      () => this.#updates.end(),
      (failure: unknown) => this.#updates.end({ failure }),
    );
  }

  get begun(): BegunTurn {
    return this.#plan.begun;
  }

  /** Usage so far. */
  get usage(): TurnUsage {
    return { ...this.#usage, milliseconds: Math.round(performance.now() - this.#started) };
  }

  /** Reads updates until the turn has been stored. For one reader; throws what `done` rejects with. */
  updates(): AsyncGenerator<TurnUpdate, void, undefined> {
    return this.#updates.read();
  }

  /** Cancels the model call and the query; the incomplete turn is stored. After the end it does nothing. */
  stop(reason: StopReason): void {
    if (this.#controller.signal.aborted) return;
    this.#stopReason = reason;
    this.#controller.abort();
  }

  async #answer(): Promise<Turn> {
    let result: AgentResult | undefined;
    let failure: unknown;
    const ended = new AbortController();
    void this.#watch.follow(ended.signal);
    try {
      result = await this.#run();
      this.#logFailures(result);
      await this.#watch.read();
    } catch (cause) {
      failure = cause;
    } finally {
      ended.abort();
    }
    await Promise.all(this.#recordings);
    const end = this.#endOf(result);
    await this.#store(end);
    // The turn is stored even so, so that the conversation can continue.
    if (failure !== undefined) throw failure;
    const { question } = this.#plan;
    const { steps, answer, stopReason, usage } = end;
    const shown = this.#watch.isLost ? { steps: [], answer: '', usage: {} } : { steps, answer, usage };
    const turn = { id: this.id, question, stopReason, ...shown };
    this.#updates.push({ type: 'finished', turn });
    return turn;
  }

  async #run(): Promise<AgentResult> {
    const { hub, principal, begun, question } = this.#plan;
    const { pools, model, prices, chatLimits, isStandIn } = hub.options;
    const earlier = joinTurns(await transcriptOf(pools.accounts, begun.threadId, principal));
    const run = runAgent({
      ...chatLimits,
      ...(prices && { prices }),
      model: this.#watch.guard(model),
      messages: [...earlier, questionMessage(question)],
      servers: await hub.chatServers(this.#watch.chat, (call) => this.#logCall(call)),
      signal: this.#controller.signal,
      approveTool: (call) => this.#recordCall(call),
    });
    let text = '';
    for await (const event of run) {
      if (event.type === 'text') {
        text += event.text;
        this.#push({ type: 'answer', text, steps: this.#steps.all });
      } else if (event.type === 'tool_call') {
        if (text !== '') this.#push({ type: 'answer', text: '' });
        text = '';
        this.#push({ type: 'step_started', ...this.#steps.start(event) });
      } else if (event.type === 'tool_result') {
        this.#push({ type: 'step_finished', ...this.#steps.finish(event) });
      } else if (event.type === 'server_failed') {
        this.#push({ type: 'step_started', ...this.#steps.addFailure(event.server, event.message) });
      } else if (event.type === 'step_finished') {
        this.#usage = addUsage(this.#usage, isStandIn ? zeroUsage : event.usage, event.cost);
      }
    }
    return run.result;
  }

  /** Drops updates after a loss of entitlements. */
  #push(update: TurnUpdate): void {
    if (this.#watch.isLost) return;
    // The next answer includes this text.
    if (update.type === 'answer' && !this.#watch.isFresh) return;
    this.#updates.push(update);
  }

  /** Records a call before it runs, whatever happens later. A call that cannot be recorded is denied. Never rejects. */
  #recordCall(call: ToolCallRequest): Promise<true | { deny: string }> {
    const { hub, principal, log } = this.#plan;
    const recording = beginCall(hub.options.pools.accounts, principal.username, call).then(
      (row): true => {
        this.#recordedCalls.set(call.toolUseId, row);
        return true;
      },
      (err: unknown) => {
        log.error({ err, tool: call.name }, 'A tool call was denied, because it could not be recorded.');
        return { deny: 'it could not be recorded. Try again later.' };
      },
    );
    this.#recordings.push(recording);
    return recording;
  }

  #endOf(result: AgentResult | undefined): TurnEnd {
    const isLost = this.#watch.isLost;
    if (isLost) this.#updates.push({ type: 'answer', text: '' });
    const stopped = result?.stopReason === 'aborted' ? this.#stopReason : (result?.stopReason ?? 'error');
    const { turns, usage, cost } = result ?? {};
    const model = this.#usage.model ?? '';
    const { isStandIn } = this.#plan.hub.options;
    return {
      username: this.#plan.principal.username,
      titleTypes: this.#watch.titleTypes,
      steps: this.#steps.all,
      calls: this.#steps.calls,
      recordedCalls: this.#recordedCalls,
      answer: result?.text ?? '',
      messages: lastTurn(result?.messages ?? []),
      stopReason: isLost ? entitlementsLost.stopReason : stopped,
      usage: {
        ...(usage && addUsage({ model }, isStandIn ? zeroUsage : usage, cost)),
        turns: turns ?? 0,
        milliseconds: this.usage.milliseconds ?? 0,
      },
    };
  }

  async #store(end: TurnEnd): Promise<void> {
    const { hub, begun, saveLater } = this.#plan;
    const save = () => endTurn(hub.options.pools.accounts, begun, end);
    try {
      await save();
    } catch (cause) {
      saveLater(save);
      throw cause;
    }
  }

  /** Logs causes that are not shown to the user. */
  #logFailures({ error, failedServers }: AgentResult): void {
    const { log } = this.#plan;
    if (error !== undefined) log.error({ err: error }, 'The model did not answer.');
    for (const { server, cause } of failedServers) log.error({ err: cause, server }, 'A tool server failed.');
  }

  #logCall({ tool, outcome, error }: ToolCall): void {
    const { log } = this.#plan;
    if (outcome === 'ok') return;
    // A wrong request by the model, or a user who leaves, is not an error.
    if (isRefusal(outcome)) log.info({ tool, outcome }, 'A tool refused a call.');
    else log.error({ err: error, tool, outcome }, 'A tool failed.');
  }
}

const refusals: ReadonlySet<string> = new Set([
  'invalid_argument',
  'unauthenticated',
  'forbidden',
  'not_found',
  'conflict',
  'cancelled',
]);

function isRefusal(outcome: string): boolean {
  return refusals.has(outcome);
}
