import { type Html, html } from '../html';

/** Renders a search that updates its results while typing, and works without scripts. */
export function searchForm(view: {
  action: string;
  label: string;
  words: string;
  placeholder: string;
}): Html {
  const { action, label, words, placeholder } = view;
  return html`<search><form class="find" method="get" action="${action}">
<input type="search" name="q" value="${words}" maxlength="200" aria-label="${label}" placeholder="${placeholder}" autocomplete="off" hx-get="${action}" hx-trigger="input changed delay:250ms" hx-target="#results" hx-replace-url="true" hx-sync="this:replace">
<button type="submit" class="secondary">Search</button>
</form></search>`;
}
