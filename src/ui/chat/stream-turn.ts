import type { FastifyBaseLogger } from 'fastify';
import { type Html, html } from '../html';
import type { Hub } from '../hub-context';
import { threadFieldView } from './chat-page';
import type { RunningTurn } from './running-turn';
import { namedMessage, partial, swapMessage } from './server-sent-event';
import { stepView } from './step-view';
import { throttleAnswers } from './throttle-answers';
import { answerView, hasFailed, newTurnView, partIds, turnErrorView, turnView } from './turn-view';
import type { TurnUpdate } from './update-queue';

/** A turn to show while it runs. */
export interface TurnStream {
  readonly hub: Hub;
  readonly turn: RunningTurn;
  readonly question: string;
  readonly log: FastifyBaseLogger;
}

/**
 * Returns the event stream that shows a running turn on the page.
 *
 * The question and a first status are sent before anything is awaited. The last message replaces the turn with its stored
 * version, or shows that it failed. Never throws.
 */
export async function* streamTurn(stream: TurnStream): AsyncGenerator<string, void, undefined> {
  const { hub, turn, question, log } = stream;
  const { threadId } = turn.begun;
  const context = { hub, threadId };
  const ids = partIds(turn.id);
  const updates = throttleAnswers(turn.updates());
  try {
    yield swapMessage([
      partial('turns', 'beforeend', newTurnView(turn.id, question, context)),
      partial('composer-thread', 'outerHTML', threadFieldView(threadId)),
      partial('retry-thread', 'outerHTML', threadFieldView(threadId, 'retry-thread')),
      statusPart('Thinking…'),
    ]);
    yield namedMessage('hub:thread', hub.url(`/chat?thread=${threadId}`));
    for await (const update of updates) yield swapMessage(partsFor(update));
  } catch (err) {
    log.error({ err }, 'A chat turn failed.');
    yield swapMessage([
      partial(
        ids.ending,
        'innerHTML',
        turnErrorView('Something went wrong. Try again in a moment.', question),
      ),
      statusPart(''),
    ]);
  } finally {
    await updates.return();
  }

  function partsFor(update: TurnUpdate): Html[] {
    if (update.type === 'answer') {
      return [
        partial(ids.answer, 'innerMorph', answerView(update.text, update.steps ?? [], hub)),
        statusPart(update.text === '' ? 'Thinking…' : 'Answering…'),
      ];
    }
    if (update.type === 'finished') {
      return [
        partial(turn.id, 'outerHTML', turnView(update.turn, context)),
        statusPart(hasFailed(update.turn) ? '' : 'Answer ready.'),
      ];
    }
    const step = stepView(update.step, { id: ids.step(update.index), isLive: true, url: hub.url });
    return update.type === 'step_started'
      ? [partial(ids.steps, 'beforeend', step), statusPart(`Calling ${update.step.name}…`)]
      : [partial(ids.step(update.index), 'outerHTML', step), statusPart('Reading the result…')];
  }
}

/** The page's only live region. Screen readers read out every change, so it never contains the answer. */
function statusPart(text: string): Html {
  return partial('chat-status', 'innerHTML', html`${text}`);
}
