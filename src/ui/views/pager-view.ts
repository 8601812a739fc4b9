import type { Page } from '../data/list-order';
import { type Html, html } from '../html';

/**
 * Renders the links to the pages beside one page of a list; nothing when it is the only one.
 *
 * @param pathOf Returns the path of the page behind `after`, of the one before `before`, or the first.
 */
export function pagerView(
  { previous, next }: Page<unknown>,
  pathOf: (start: { after?: string; before?: string }) => string,
): Html | false {
  if (previous === undefined && next === undefined) return false;
  return html`<nav class="pager" aria-label="Pages">
${previous !== undefined && html`<a href="${pathOf({})}">First page</a> <a href="${pathOf({ before: previous })}" rel="prev">Previous page</a>`}
${next !== undefined && html`<a href="${pathOf({ after: next })}" rel="next">Next page</a>`}
</nav>`;
}
