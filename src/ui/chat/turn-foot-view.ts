import { type Html, html } from '../html';
import { formatCount } from '../views/movies-view';
import type { Turn, TurnUsage } from './turn';
import { endingOf } from './turn-endings';

/** Renders the footer of an answer: usage, and buttons to copy it and to retry. */
export function turnFootView({ question, answer, stopReason, usage }: Turn): Html {
  const facts = factsOf(usage);
  return html`<footer class="turn-foot">
${facts.length > 0 && html`<p class="usage">${facts.map((fact, index) => html`${index > 0 && ' · '}<span>${fact}</span>`)}</p>`}
${answer !== '' && copyView(answer)}
${endingOf(stopReason) !== undefined && retryView(question)}
</footer>`;
}

/** Renders the retry button, which submits the page's retry form. */
export function retryView(question: string): Html {
  return html`<button type="submit" form="retry" name="message" value="${question}" class="secondary outline" data-retry>Try again</button>`;
}

/** The script copies the answer's source text. Without scripts the button is hidden. */
function copyView(answer: string): Html {
  return html`<button type="button" class="copy secondary outline" data-copy="${answer}">Copy</button>`;
}

function factsOf({
  model,
  turns,
  inputTokens = 0,
  outputTokens = 0,
  estimated,
  cost,
  milliseconds,
}: TurnUsage): string[] {
  const facts: string[] = [];
  if (model) facts.push(model);
  if (turns) facts.push(`${turns} model ${turns === 1 ? 'call' : 'calls'}`);
  if (inputTokens + outputTokens > 0)
    facts.push(
      `${estimated ? 'about ' : ''}${formatCount(Number(inputTokens))} tokens in, ${formatCount(Number(outputTokens))} out`,
    );
  // Numbers beyond JavaScript's precision are text.
  if (cost) facts.push(`cost ${Number(Number(cost).toPrecision(3))}`);
  if (milliseconds !== undefined) facts.push(`${(milliseconds / 1000).toFixed(1)} s`);
  return facts;
}
