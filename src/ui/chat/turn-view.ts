import { type Html, html } from '../html';
import type { Hub } from '../hub-context';
import { renderMarkdown } from './markdown';
import { stepView } from './step-view';
import { titleLinksOf } from './title-links';
import type { Step, Turn } from './turn';
import { endingOf } from './turn-endings';
import { retryView, turnFootView } from './turn-foot-view';

/** Where turns are shown. */
export interface TurnContext {
  readonly hub: Hub;
  readonly threadId: string;
}

/** Element ids of the parts of a turn that change while it runs. */
export function partIds(turnId: string) {
  return {
    steps: `${turnId}-steps`,
    step: (index: number) => `${turnId}-step-${index}`,
    answer: `${turnId}-answer`,
    ending: `${turnId}-ending`,
  };
}

/** Renders a stored turn. One that is still running elsewhere polls until it has ended. */
export function turnView(turn: Turn, context: TurnContext): Html {
  const { url } = context.hub;
  const { step } = partIds(turn.id);
  const isRunning = turn.stopReason === 'running';
  const steps = turn.steps.map((each, index) => stepView(each, { id: step(index), isLive: false, url }));
  return articleView(turn.id, turn.question, context, {
    isBusy: isRunning,
    polls: isRunning,
    steps,
    answer: answerView(turn.answer, turn.steps, context.hub),
    ending: isRunning ? waitingView(context) : endingView(turn.stopReason),
    foot: isRunning ? undefined : turnFootView(turn),
  });
}

/** Renders a new turn with empty steps, answer and ending, which follow. */
export function newTurnView(id: string, question: string, context: TurnContext): Html {
  return articleView(id, question, context, { isBusy: true, polls: false });
}

/** Renders an answer, with links to the titles that its steps found. */
export function answerView(answer: string, steps: readonly Step[], { url }: Hub): Html {
  const titles = titleLinksOf(steps, (titleId) => url(`/movies/${titleId}`));
  return renderMarkdown(answer, titles);
}

/** Returns whether a turn ended with an alert. */
export function hasFailed({ stopReason }: Turn): boolean {
  return endingOf(stopReason)?.isAlert === true;
}

/** Renders an error at the end of a turn, with a retry button. */
export function turnErrorView(text: string, question: string): Html {
  return html`<p class="turn-error" role="alert">${text}</p><footer class="turn-foot">${retryView(question)}</footer>`;
}

function articleView(
  id: string,
  question: string,
  { hub, threadId }: TurnContext,
  parts: {
    isBusy: boolean;
    polls: boolean;
    steps?: readonly Html[];
    answer?: Html;
    ending?: Html | undefined;
    foot?: Html | undefined;
  },
): Html {
  const ids = partIds(id);
  const self = hub.url(`/chat/turn?thread=${threadId}&turn=${id.replace('turn-', '')}`);
  const polling = html` hx-get="${self}" hx-trigger="load delay:1s" hx-swap="outerHTML swapEmpty:true"`;
  return html`<article class="turn" id="${id}" aria-busy="${parts.isBusy ? 'true' : 'false'}" data-turn="${self}"${parts.polls && polling}>
<h2 class="question"><span class="visually-hidden">You asked: </span>${question}</h2>
<div class="steps" id="${ids.steps}">${parts.steps}</div>
<div class="answer" id="${ids.answer}">${parts.answer}</div>
<div class="ending" id="${ids.ending}">${parts.ending}</div>
${parts.foot}
</article>`;
}

function endingView(stopReason: string): Html | undefined {
  const ending = endingOf(stopReason);
  if (ending === undefined) return undefined;
  return ending.isAlert
    ? html`<p class="turn-error" role="alert">${ending.text}</p>`
    : html`<p class="turn-note">${ending.text}</p>`;
}

/** The link is for browsers without scripts. */
function waitingView({ hub, threadId }: TurnContext): Html {
  return html`<p class="turn-note">The answer is not complete yet. <a href="${hub.url(`/chat?thread=${threadId}`)}">Reload</a></p>`;
}
