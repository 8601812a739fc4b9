import type { FastifyBaseLogger } from 'fastify';
import { type AgentResult, runAgent, type ToolCall } from 'movie-hub';
import type { Hub, Principal } from '../hub-context';
import { currentPrincipal } from '../principal';
import { addUp, noTokens } from './add-up';
import { EntitlementWatch, entitlementsLost } from './entitlement-watch';
import { Steps } from './steps';
import { joinTurns, lastTurn, questionMessage } from './transcript';
import type { Turn, TurnUsage } from './turn';
import type { TurnUpdate } from './turn-update';
import {
  type BegunTurn,
  beginCall,
  endTurn,
  type ToolCallRequest,
  type TurnEnd,
  transcriptOf,
  turnId,
} from './turns';
import { UpdateQueue } from './update-queue';

/** A question to answer. */
export interface TurnPlan {
  readonly hub: Hub;
  readonly principal: Principal;
  readonly begun: BegunTurn;
  readonly question: string;
  readonly log: FastifyBaseLogger;
  /** Takes what could not be kept, to try it again later. */
  readonly saveLater: (save: () => Promise<void>) => void;
}

/** Why a turn may be ended before its time. */
export type StopReason = 'aborted' | 'server_stopped' | typeof entitlementsLost.stopReason;

/**
 * A turn that is being answered. It begins at once, goes on whether or not anybody reads, and is kept at its end.
 *
 * It is kept with every title type that the user was entitled to while it ran: whoever lacks one of them later is not shown
 * it. What he may see, and whether his session goes on, is read every second, before each call of the model, at each call of a
 * tool and at the end. Once he has lost something, the run ends and nothing more is shown. No database connection is held
 * between the readings.
 */
export class RunningTurn {
  readonly id: string;
  /** Settles when the turn is kept; rejects when it could not be run, or not be kept. */
  readonly done: Promise<Turn>;
  readonly #plan: TurnPlan;
  readonly #updates = new UpdateQueue();
  readonly #steps = new Steps();
  readonly #watch: EntitlementWatch;
  readonly #noted = new Map<string, string>();
  readonly #notes: Promise<unknown>[] = [];
  readonly #controller = new AbortController();
  readonly #started = performance.now();
  #stopReason: StopReason = 'aborted';
  #usage: TurnUsage;

  constructor(plan: TurnPlan) {
    this.#plan = plan;
    this.id = turnId(plan.begun.place);
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

  /** What it took so far. */
  get usage(): TurnUsage {
    return { ...this.#usage, milliseconds: Math.round(performance.now() - this.#started) };
  }

  /** Reads what changes, until the turn is kept. For one reader; throws what `done` rejects with. */
  updates(): AsyncGenerator<TurnUpdate, void, undefined> {
    return this.#updates.read();
  }

  /** Ends the run, in the model and in the database; what there is of the turn is kept. After its end that changes nothing. */
  stop(reason: StopReason): void {
    if (this.#controller.signal.aborted) return;
    this.#stopReason = reason;
    this.#controller.abort();
  }

  async #answer(): Promise<Turn> {
    let result: AgentResult | undefined;
    let failure: unknown;
    const isOver = new AbortController();
    void this.#watch.follow(isOver.signal);
    try {
      result = await this.#run();
      this.#logFailures(result);
      await this.#watch.read();
    } catch (cause) {
      failure = cause;
    } finally {
      isOver.abort();
    }
    await Promise.all(this.#notes);
    const end = this.#endOf(result);
    await this.#keep(end);
    // It is kept all the same, so that the conversation can go on.
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
      approveTool: (call) => this.#note(call),
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
        this.#usage = addUp(this.#usage, isStandIn ? noTokens : event.usage, event.cost);
      }
    }
    return run.result;
  }

  /** Nothing more is shown of what is the user's no more. */
  #push(update: TurnUpdate): void {
    if (this.#watch.isLost) return;
    // Each text holds those before it, so the next one makes up for it.
    if (update.type === 'answer' && !this.#watch.isFresh) return;
    this.#updates.push(update);
  }

  /** Notes a call before it is made, so that it is known whatever happens. One that cannot be noted is denied. Never rejects. */
  #note(call: ToolCallRequest): Promise<true | { deny: string }> {
    const { hub, principal, log } = this.#plan;
    const note = beginCall(hub.options.pools.accounts, principal.username, call).then(
      (row): true => {
        this.#noted.set(call.toolUseId, row);
        return true;
      },
      (err: unknown) => {
        log.error({ err, tool: call.name }, 'A tool was not called, because the call could not be noted.');
        return { deny: 'it could not be noted. Try again later.' };
      },
    );
    this.#notes.push(note);
    return note;
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
      noted: this.#noted,
      answer: result?.text ?? '',
      messages: lastTurn(result?.messages ?? []),
      stopReason: isLost ? entitlementsLost.stopReason : stopped,
      usage: {
        ...(usage && addUp({ model }, isStandIn ? noTokens : usage, cost)),
        turns: turns ?? 0,
        milliseconds: this.usage.milliseconds ?? 0,
      },
    };
  }

  async #keep(end: TurnEnd): Promise<void> {
    const { hub, begun, saveLater } = this.#plan;
    const save = () => endTurn(hub.options.pools.accounts, begun, end);
    try {
      await save();
    } catch (cause) {
      saveLater(save);
      throw cause;
    }
  }

  /** What the user is not told, for the log. */
  #logFailures({ error, failedServers }: AgentResult): void {
    const { log } = this.#plan;
    if (error !== undefined) log.error({ err: error }, 'The model did not answer.');
    for (const { server, cause } of failedServers) log.error({ err: cause, server }, 'A tool server failed.');
  }

  #logCall({ tool, outcome, error }: ToolCall): void {
    const { log } = this.#plan;
    if (outcome === 'ok') return;
    // A model that asks for the wrong thing, and a user who leaves, are no failures of anything.
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
