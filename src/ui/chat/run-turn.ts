import type { FastifyBaseLogger } from 'fastify';
import { type AgentEvent, type AgentResult, runAgent } from 'movie-hub';
import type { Hub, Principal } from '../hub-context';
import { chatContext } from '../principal';
import { EntitlementWatch, entitlementsLost } from './entitlement-watch';
import { addTurn, transcriptOf } from './threads';
import { joinTurns, lastTurn, questionMessage } from './transcript';
import type { Step, StepOutcome, Turn } from './turn';

/** A question to answer. */
export interface TurnPlan {
  readonly hub: Hub;
  readonly principal: Principal;
  readonly threadId: string;
  readonly question: string;
  /** Ends the run, also from in here; what there is of the turn is kept. */
  readonly stop: AbortController;
  readonly log: FastifyBaseLogger;
}

/** What changes in a turn while it runs. */
export type TurnUpdate =
  | { readonly type: 'step_started' | 'step_finished'; readonly index: number; readonly step: Step }
  /** The whole answer so far; what is said before a tool is asked for is taken back, so it may be empty. */
  | { readonly type: 'answer'; readonly text: string }
  /** The last update: the turn as it is kept; of one that is the user's no more, the question only. */
  | { readonly type: 'finished'; readonly turn: Turn };

/**
 * Answers a question and keeps the turn, also when the reader leaves early.
 *
 * The turn is kept with every title type that the user was entitled to while it ran: whoever lacks one of them later is
 * not shown it. If he loses one in the middle, the run ends before the model is called again, and nothing more is shown.
 * No database connection is held between the steps.
 *
 * @throws MovieHubError when the database cannot be read before or after the run, or the turn not be kept.
 */
export async function* runTurn(plan: TurnPlan): AsyncGenerator<TurnUpdate, void, undefined> {
  const { hub, principal, threadId, question, stop, log } = plan;
  const watch = new EntitlementWatch(chatContext(hub, principal), () => stop.abort());
  const earlier = joinTurns(await transcriptOf(hub.options.pools.accounts, threadId, principal));
  const run = runAgent({
    model: watch.guard(hub.options.model),
    messages: [...earlier, questionMessage(question)],
    servers: await hub.chatServers(watch.chat, ({ tool, outcome, error }) => {
      if (outcome !== 'ok') log.error({ err: error, tool }, 'A tool failed.');
    }),
    signal: stop.signal,
  });
  const steps = new Steps();
  let isKept = false;
  const keep = async (): Promise<Turn> => {
    isKept = true;
    const result = await run.result;
    logFailures(result, log);
    const { text: answer, messages } = result;
    return addTurn(hub.options.pools.accounts, {
      threadId,
      titleTypes: watch.titleTypes,
      question,
      steps: steps.all,
      answer,
      stopReason: watch.isLost ? entitlementsLost.stopReason : result.stopReason,
      messages: lastTurn(messages),
    });
  };
  try {
    for await (const update of updatesOf(run, steps)) {
      if (watch.isLost) break;
      yield update;
    }
    await watch.read();
    if (watch.isLost) yield { type: 'answer', text: '' };
    const turn = await keep();
    yield { type: 'finished', turn: watch.isLost ? { ...turn, steps: [], answer: '' } : turn };
  } finally {
    if (!isKept) {
      run.abort();
      await keep().catch((err: unknown) => log.error({ err }, 'A turn that was stopped could not be kept.'));
    }
  }
}

async function* updatesOf(run: AsyncIterable<AgentEvent>, steps: Steps): AsyncGenerator<TurnUpdate> {
  let text = '';
  for await (const event of run) {
    if (event.type === 'text') {
      text += event.text;
      yield { type: 'answer', text };
    } else if (event.type === 'tool_call') {
      if (text !== '') yield { type: 'answer', text: '' };
      text = '';
      yield { type: 'step_started', ...steps.start(event.toolUseId, event.name, event.arguments) };
    } else if (event.type === 'tool_result') {
      yield { type: 'step_finished', ...steps.finish(event.toolUseId, outcomeOf(event)) };
    } else if (event.type === 'server_failed') {
      const { index } = steps.start('', event.server, {});
      const outcome = { isError: true, milliseconds: 0, content: event.message };
      yield { type: 'step_started', ...steps.finishAt(index, outcome) };
    }
  }
}

function outcomeOf(result: Extract<AgentEvent, { type: 'tool_result' }>): StepOutcome {
  const { isError, milliseconds, content, structuredContent } = result;
  return structuredContent === undefined || isError
    ? { isError, milliseconds, content }
    : { isError, milliseconds, structuredContent };
}

/** What the user is not told, for the log. */
function logFailures({ error, failedServers }: AgentResult, log: FastifyBaseLogger): void {
  if (error !== undefined) log.error({ err: error }, 'The model did not answer.');
  for (const { server, cause } of failedServers) log.error({ err: cause, server }, 'A tool server failed.');
}

/** The tool calls of a turn, in the order in which they were asked for. */
class Steps {
  readonly #ids: string[] = [];
  readonly #steps: Step[] = [];

  get all(): readonly Step[] {
    return this.#steps;
  }

  start(toolUseId: string, name: string, given: Step['arguments']): { index: number; step: Step } {
    const step = { name, arguments: given };
    this.#ids.push(toolUseId);
    return { index: this.#steps.push(step) - 1, step };
  }

  finish(toolUseId: string, outcome: StepOutcome): { index: number; step: Step } {
    return this.finishAt(this.#ids.lastIndexOf(toolUseId), outcome);
  }

  finishAt(index: number, outcome: StepOutcome): { index: number; step: Step } {
    const step = { ...(this.#steps[index] ?? { name: '', arguments: {} }), outcome };
    this.#steps[index] = step;
    return { index, step };
  }
}
