import type { Page } from '../data/list-order';
import { type Html, html } from '../html';

/**
 * Renders links to the first, previous and next page; nothing for a single page.
 *
 * @param pathOf Returns the path of the page after `after`, of the page before `before`, or of the first page.
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
