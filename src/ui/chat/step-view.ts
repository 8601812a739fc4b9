import type { JsonObject } from 'movie-hub';
import { type Html, html } from '../html';
import type { Step, StepOutcome } from './turn';
import { countRows, objectView } from './value-view';

/** Maximum length of a result's text on the page, in characters. */
const maxTextLength = 4000;

/** Where a step is shown. */
export interface StepContext {
  /** Id of the element, unique on the page. */
  readonly id: string;
  /** True while the turn runs: a step without an outcome is then running. */
  readonly isLive: boolean;
  /** Returns the path of a page of the hub. */
  readonly url: (path: string) => string;
}

/** Renders a collapsed tool call: arguments, result, number of rows and duration. */
export function stepView(step: Step, { id, isLive, url }: StepContext): Html {
  const { outcome } = step;
  const state = outcome ? (outcome.isError ? 'failed' : 'done') : isLive ? 'running' : 'stopped';
  return html`<details class="step" id="${id}" data-state="${state}">
<summary><span class="step-name">${step.name}</span> <span class="step-given">${summarise(step.arguments)}</span>
<span class="step-facts">${factsOf(outcome, isLive)}</span></summary>
<div class="step-body">
${Object.keys(step.arguments).length > 0 && html`<h3>Arguments</h3>${objectView(step.arguments, titleUrl)}`}
${outcome && html`<h3>${outcome.isError ? 'Error' : 'Result'}</h3>${outcomeView(outcome)}`}
</div>
</details>`;

  function outcomeView({ isError, content = '', structuredContent }: StepOutcome): Html {
    if (structuredContent !== undefined) return objectView(structuredContent, titleUrl);
    const text = content.length > maxTextLength ? `${content.slice(0, maxTextLength)}…` : content;
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

/** Summarises the arguments for the visible line. */
function summarise(given: JsonObject): string {
  const values = Object.values(given).filter(
    (value) => typeof value === 'string' || typeof value === 'number',
  );
  const text = values.join(', ');
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}
