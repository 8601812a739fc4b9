import { type Html, html } from '../html';
import { entitlementsLost } from './entitlement-watch';
import { renderMarkdown } from './markdown';
import { type StepContext, stepView } from './step-view';
import type { Turn } from './turn';

type Url = StepContext['url'];

/** Ids of the parts of a turn that change while it runs. */
export function partIds(turnId: string) {
  return {
    steps: `${turnId}-steps`,
    step: (index: number) => `${turnId}-step-${index}`,
    answer: `${turnId}-answer`,
    ending: `${turnId}-ending`,
  };
}

/** Renders a turn that has ended. */
export function turnView(turn: Turn, url: Url): Html {
  const { step } = partIds(turn.id);
  const steps = turn.steps.map((each, index) => stepView(each, { id: step(index), isLive: false, url }));
  return articleView(turn.id, false, turn.question, {
    steps,
    answer: renderMarkdown(turn.answer),
    ending: endingView(turn.stopReason),
  });
}

/** Renders a turn that has just begun: its steps, answer and ending are empty and follow. */
export function newTurnView(id: string, question: string): Html {
  return articleView(id, true, question, {});
}

/** Tells whether a turn ended with an alert. */
export function hasFailed({ stopReason }: Turn): boolean {
  return stopReason in failures;
}

/** Renders an error at the end of a turn. */
export function turnErrorView(text: string): Html {
  return html`<p class="turn-error" role="alert">${text}</p>`;
}

function articleView(
  id: string,
  isBusy: boolean,
  question: string,
  parts: { steps?: readonly Html[]; answer?: Html; ending?: Html | undefined },
): Html {
  const ids = partIds(id);
  return html`<article class="turn" id="${id}" aria-busy="${isBusy ? 'true' : 'false'}">
<h2 class="question"><span class="visually-hidden">You asked: </span>${question}</h2>
<div class="steps" id="${ids.steps}">${parts.steps}</div>
<div class="answer" id="${ids.answer}">${parts.answer}</div>
<div class="ending" id="${ids.ending}">${parts.ending}</div>
</article>`;
}

/** What is said of answers that there are none of. */
const failures: Readonly<Record<string, string>> = {
  error: 'The model failed or could not be reached. Try again: send your question once more.',
  [entitlementsLost.stopReason]: entitlementsLost.text,
};

/** What is said of answers that did not end by themselves. */
const endings: Readonly<Record<string, string>> = {
  aborted: 'You stopped this answer.',
  max_turns: 'Stopped: the model asked for tools too many times. Try a simpler question.',
  max_tool_calls: 'Stopped: the model asked for tools too many times. Try a simpler question.',
  max_input_tokens: 'Stopped: the conversation has become too long. Start a new chat.',
  max_output_tokens: 'Stopped: the answer has become too long.',
  max_cost: 'Stopped: the answer has reached its budget.',
  total_timeout: 'Stopped: the answer took too long. Try again.',
  step_timeout: 'Stopped: the answer took too long. Try again.',
  first_chunk_timeout: 'Stopped: the model did not begin to answer. Try again.',
  chunk_timeout: 'Stopped: the model fell silent. Try again.',
  max_tokens: 'The answer was cut off at its greatest length.',
  model_context_window_exceeded: 'The conversation is too long for the model. Start a new chat.',
  content_filtered: 'The model’s filter kept back the answer.',
  guardrail_intervened: 'A guardrail kept back the answer.',
};

function endingView(stopReason: string): Html | undefined {
  if (stopReason === 'end_turn' || stopReason === 'stop_sequence') return undefined;
  const failure = failures[stopReason];
  if (failure !== undefined) return turnErrorView(failure);
  return html`<p class="turn-note">${endings[stopReason] ?? 'The answer ended early.'}</p>`;
}
