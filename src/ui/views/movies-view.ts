import { mostMatches, type TitlePage, type TitleRow } from '../data/browse-titles';
import { type Html, html } from '../html';
import type { Hub } from '../hub-context';

/** Most titles in one file. */
export const mostInFile = 10_000;

/** What the list of titles shows. */
export interface MoviesView {
  hub: Hub;
  /** What was searched for; blank for the whole list. */
  words: string;
  page: TitlePage;
  /** True on any page but the first. */
  isContinued: boolean;
}

/** Renders the main part of the list of titles. */
export function moviesView(view: MoviesView): Html {
  const { hub, words } = view;
  const action = hub.url('/movies');
  return html`<h1>Movies</h1>
<form class="search" role="search" method="get" action="${action}">
<input id="search-words" type="search" name="q" value="${words}" maxlength="200" aria-label="Search titles" placeholder="Search titles, in any language" autocomplete="off" hx-get="${action}" hx-trigger="input changed delay:250ms" hx-target="#results" hx-replace-url="true" hx-sync="this:replace">
<button type="submit" class="secondary">Search</button>
</form>
<p class="visually-hidden" id="search-status" role="status"></p>
<section id="results" aria-label="Titles">
${resultsView(view)}
</section>`;
}

/** Renders what a search swaps into the results: the table, and a word to those who do not see it. */
export function moviesPart(view: MoviesView): Html {
  return html`${resultsView(view)}
<hx-partial hx-target="#search-status" hx-swap="innerHTML">${summary(view)}</hx-partial>`;
}

/** Describes the years of a title: one, or those of a series. */
export function yearsOf({ start_year, end_year }: Pick<TitleRow, 'start_year' | 'end_year'>): string {
  if (start_year === null) return '';
  return end_year === null || end_year === start_year ? String(start_year) : `${start_year}–${end_year}`;
}

/** Writes a number with separators. */
export function countOf(count: number): string {
  return count.toLocaleString('en');
}

function resultsView(view: MoviesView): Html {
  return view.page.titles.length === 0 ? emptyState(view) : table(view);
}

function table(view: MoviesView): Html {
  const { hub, words, page, isContinued } = view;
  const query = new URLSearchParams(words === '' ? {} : { q: words });
  const suffix = (parameters: URLSearchParams) => (parameters.size > 0 ? `?${parameters}` : '');
  const next = new URLSearchParams(query);
  if (page.next !== undefined) next.set('after', page.next);
  return html`<div class="table-head">
<p>${summary(view)}</p>
<a href="${hub.url('/movies.csv')}${suffix(query)}" download>Download CSV${fileLimit(view)}</a>
</div>
${page.isCut && html`<p>Only the best ${countOf(mostMatches)} matches are listed; add words to narrow the search.</p>`}
<table class="titles">
<thead><tr><th scope="col">Title</th><th scope="col">Year</th><th scope="col" class="wide">Type</th><th scope="col" class="number">Rating</th><th scope="col" class="number wide">Votes</th></tr></thead>
<tbody>
${page.titles.map((title) => row(hub, title))}</tbody>
</table>
${
  (isContinued || page.next) &&
  html`<nav class="pager" aria-label="Pages">
${isContinued && html`<a href="${hub.url('/movies')}${suffix(query)}">First page</a>`}
${page.next && html`<a href="${hub.url('/movies')}${suffix(next)}" rel="next">Next page</a>`}
</nav>`
}`;
}

/** What the file leaves out, as far as it is known: titles are not counted. */
function fileLimit({ page, isContinued, words }: MoviesView): string {
  if (page.isCut) return ` (first ${countOf(mostMatches)})`;
  const mayBeMore = words === '' && (isContinued || page.next !== undefined);
  return mayBeMore ? ` (first ${countOf(mostInFile)} at most)` : '';
}

function row(hub: Hub, title: TitleRow): Html {
  const other = title.original_title !== title.primary_title && title.original_title;
  return html`<tr>
<th scope="row"><a href="${hub.url(`/movies/${title.title_id}`)}">${title.primary_title}</a>${other && html` <span class="original">${other}</span>`} <span class="narrow">${title.type_label}</span></th>
<td>${yearsOf(title)}</td>
<td class="wide">${title.type_label}</td>
<td class="number">${title.average_rating}</td>
<td class="number wide">${title.num_votes !== null && countOf(title.num_votes)}</td>
</tr>
`;
}

function summary({ words, page, isContinued }: MoviesView): string {
  const count = page.titles.length;
  if (words === '')
    return isContinued ? 'Further titles, by number of votes' : 'All titles, by number of votes';
  if (count === 0) return 'No titles found';
  if (isContinued || page.next) return `Titles matching “${words}”, best matches first`;
  return `${count} ${count === 1 ? 'title matches' : 'titles match'} “${words}”`;
}

function emptyState({ hub, words }: MoviesView): Html {
  if (words === '') {
    return html`<div class="empty-state">
<p class="empty-title">No titles to show</p>
<p>You are not entitled to any kind of title yet, or there are none. An administrator can change that.</p>
</div>`;
  }
  return html`<div class="empty-state">
<p class="empty-title">No titles match “${words}”</p>
<p>Try fewer words. Only titles that you may see are searched.</p>
<p><a href="${hub.url('/movies')}">Show all titles</a></p>
</div>`;
}
