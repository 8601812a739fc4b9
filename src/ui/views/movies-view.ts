import { maxMatches, type TitlePage, type TitleRow } from '../data/browse-titles';
import { defaultSort, writeFilters } from '../data/title-filters';
import { type Html, html } from '../html';
import type { Hub } from '../hub-context';
import { pagerView } from './pager-view';
import { sortOptions, type TitleFiltersView, titleFiltersView } from './title-filters-view';

/** Maximum number of titles in a file. */
export const maxTitlesInFile = 10_000;

/** The list of titles. */
export interface MoviesView extends TitleFiltersView {
  page: TitlePage;
}

/** Renders the main part of the list of titles. */
export function moviesView(view: MoviesView): Html {
  return html`<h1>Movies</h1>
${titleFiltersView(view)}
<p class="visually-hidden" id="search-status" role="status"></p>
<section id="results" aria-label="Titles">
${resultsView(view)}
</section>`;
}

/** Renders the parts that a search replaces: the table, the sort options, and the status for screen readers. */
export function moviesPart(view: MoviesView): Html {
  return html`${resultsView(view)}
<hx-partial hx-target="#search-status" hx-swap="innerHTML">${summary(view)}</hx-partial>
<hx-partial hx-target="#title-sort" hx-swap="innerHTML">${sortOptions(view.filters)}</hx-partial>`;
}

/** Formats the year of a title, or the years of a series. */
export function formatYears({ start_year, end_year }: Pick<TitleRow, 'start_year' | 'end_year'>): string {
  if (start_year === null) return '';
  return end_year === null || end_year === start_year ? String(start_year) : `${start_year}–${end_year}`;
}

/** Formats a number with separators. */
export function formatCount(count: number): string {
  return count.toLocaleString('en');
}

function resultsView(view: MoviesView): Html {
  return view.page.rows.length === 0 ? emptyState(view) : table(view);
}

function table(view: MoviesView): Html {
  const { hub, filters, page } = view;
  return html`<div class="table-head">
<p>${summary(view)}</p>
<a href="${hub.url('/movies.csv')}${writeFilters(filters)}" download>Download CSV${fileLimit(view)}</a>
</div>
${page.isCut && html`<p class="cut-note">Only the best ${formatCount(maxMatches)} matches are listed. Add words to narrow the search.</p>`}
<table class="titles">
<thead><tr><th scope="col">Title</th><th scope="col">Year</th><th scope="col" class="wide">Type</th><th scope="col" class="number">Rating</th><th scope="col" class="number wide">Votes</th></tr></thead>
<tbody>
${page.rows.map((title) => row(hub, title))}</tbody>
</table>
${pagerView(page, (start) => hub.url('/movies') + writeFilters(filters, start))}`;
}

/** Describes the limit of the file, as far as it is known: titles are not counted. */
function fileLimit({ page, filters }: MoviesView): string {
  if (page.isCut) return ` (of the first ${formatCount(maxMatches)})`;
  const mayBeMore = filters.words === '' && (page.previous ?? page.next) !== undefined;
  return mayBeMore ? ` (first ${formatCount(maxTitlesInFile)} at most)` : '';
}

function row(hub: Hub, title: TitleRow): Html {
  const other = title.original_title !== title.primary_title && title.original_title;
  return html`<tr>
<th scope="row"><a href="${hub.url(`/movies/${title.title_id}`)}">${title.primary_title}</a>${other && html` <span class="original">${other}</span>`} <span class="narrow">${title.type_label}</span></th>
<td>${formatYears(title)}</td>
<td class="wide">${title.type_label}</td>
<td class="number">${title.average_rating}</td>
<td class="number wide">${title.num_votes !== null && formatCount(title.num_votes)}</td>
</tr>
`;
}

function summary({ filters, page }: MoviesView): string {
  const count = page.rows.length;
  if (count === 0) return 'No titles found';
  const titles = `${count} ${count === 1 ? 'title' : 'titles'}`;
  const isAll = page.previous === undefined && page.next === undefined;
  if (filters.words === '') return `${titles} shown`;
  if (isAll) return `${titles} ${count === 1 ? 'matches' : 'match'} “${filters.words}”`;
  return `${titles} shown that match “${filters.words}”`;
}

function emptyState({ hub, filters }: MoviesView): Html {
  const { words } = filters;
  const unfiltered = { words, sort: defaultSort(words) };
  if (writeFilters(filters) === '') {
    return html`<div class="empty-state">
<p class="empty-title">No titles to show</p>
<p>You may not see any title types yet, or there are no titles. Ask an administrator for access.</p>
</div>`;
  }
  const isFiltered = writeFilters({ ...filters, sort: unfiltered.sort }) !== writeFilters(unfiltered);
  return html`<div class="empty-state">
<p class="empty-title">${words === '' ? 'No titles match these filters' : html`No titles match “${words}”${isFiltered && ' and these filters'}`}</p>
<p>${words === '' ? 'Try other years, another type or another genre.' : 'Try fewer words.'} Only titles that you may see are included.</p>
<p>${words !== '' && isFiltered && html`<a href="${hub.url('/movies')}${writeFilters(unfiltered)}">Search without filters</a> · `}<a href="${hub.url('/movies')}">Show all titles</a></p>
</div>`;
}
