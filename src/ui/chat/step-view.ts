import type { JsonObject } from 'movie-hub';
import { type Html, html } from '../html';
import type { Step, StepOutcome } from './turn';
import { countRows, objectView } from './value-view';

/** Most characters of a result's text that a page shows. */
const mostText = 4000;

/** What a step is shown with. */
export interface StepContext {
  /** Id of the element, unique on the page. */
  readonly id: string;
  /** True while the turn runs: a step without an outcome is then still at work. */
  readonly isLive: boolean;
  /** Returns the path of a page of the hub. */
  readonly url: (path: string) => string;
}

/** Renders a tool call, folded: what was asked, what came back, how many rows, how long it took. */
export function stepView(step: Step, { id, isLive, url }: StepContext): Html {
  const { outcome } = step;
  const state = outcome ? (outcome.isError ? 'failed' : 'done') : isLive ? 'running' : 'stopped';
  return html`<details class="step" id="${id}" data-state="${state}">
<summary><span class="step-name">${step.name}</span> <span class="step-given">${firstValues(step.arguments)}</span>
<span class="step-facts">${factsOf(outcome, isLive)}</span></summary>
<div class="step-body">
${Object.keys(step.arguments).length > 0 && html`<h3>Arguments</h3>${objectView(step.arguments, titleUrl)}`}
${outcome && html`<h3>${outcome.isError ? 'Error' : 'Result'}</h3>${outcomeView(outcome)}`}
</div>
</details>`;

  function outcomeView({ isError, content = '', structuredContent }: StepOutcome): Html {
    if (structuredContent !== undefined) return objectView(structuredContent, titleUrl);
    const text = content.length > mostText ? `${content.slice(0, mostText)}…` : content;
    return isError ? html`<p class="step-error">${text}</p>` : html`<pre>${text}</pre>`;
  }

  function titleUrl(titleId: number): string {
    return url(`/movies/${titleId}`);
  }
}

function factsOf(outcome: StepOutcome | undefined, isLive: boolean): string {
  if (outcome === undefined) return isLive ? 'running…' : 'stopped';
  const time = `${outcome.milliseconds} ms`;
  if (outcome.isError) return `failed · ${time}`;
  if (outcome.structuredContent === undefined) return time;
  const rows = countRows(outcome.structuredContent);
  return `${rows} ${rows === 1 ? 'row' : 'rows'} · ${time}`;
}

/** The arguments in short, for the line that is always seen. */
function firstValues(given: JsonObject): string {
  const values = Object.values(given).filter(
    (value) => typeof value === 'string' || typeof value === 'number',
  );
  const text = values.join(', ');
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}
