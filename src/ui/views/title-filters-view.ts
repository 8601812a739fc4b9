import { defaultSort, genres, type Sort, sorts, type TitleFilters } from '../data/title-filters';
import { type Html, html } from '../html';
import type { Hub } from '../hub-context';

/** The form above the list of titles. */
export interface TitleFiltersView {
  hub: Hub;
  filters: TitleFilters;
  /** Title types that the user may see. */
  types: readonly { name: string; label: string }[];
}

/** Renders the form that searches, filters and sorts titles: while typing, or without scripts by its button. */
export function titleFiltersView({ hub, filters, types }: TitleFiltersView): Html {
  const { words, type, genre, fromYear, toYear } = filters;
  const action = hub.url('/movies');
  return html`<search>
<form class="title-filters" method="get" action="${action}" hx-get="${action}" hx-trigger="input delay:200ms, submit" hx-target="#results" hx-push-url="true" hx-sync="this:replace">
<input class="words" type="search" name="q" value="${words}" maxlength="200" aria-label="Search titles" placeholder="Search titles, in any language" autocomplete="off">
<button type="submit" class="secondary">Search</button>
<div class="choices">
<label>Type <select name="type">
<option value="">All types</option>
${types.map(({ name, label }) => option(name, label, name === type))}</select></label>
<label>Genre <select name="genre">
<option value="">All genres</option>
${genres.map((name) => option(name, name, name === genre))}</select></label>
${yearField('from', 'From year', fromYear)}
${yearField('to', 'To year', toYear)}
<label>Sort by <select name="sort" id="title-sort">
${sortOptions(filters)}</select></label>
</div>
</form>
</search>`;
}

/** Renders the sort options; "Best match" only for a search. */
export function sortOptions({ words, sort }: TitleFilters): Html {
  const offered = sorts.filter((name) => name !== 'match' || words !== '');
  const row = (name: Sort) =>
    option(name === defaultSort(words) ? '' : name, sortLabels[name], name === sort);
  return html`${offered.map(row)}`;
}

const sortLabels: Readonly<Record<Sort, string>> = {
  match: 'Best match',
  votes: 'Popularity',
  title: 'Title, A to Z',
  year: 'Year, newest first',
  rating: 'Rating, best first',
};

function option(value: string, label: string, isChosen: boolean): Html {
  return html`<option value="${value}"${isChosen && html` selected`}>${label}</option>
`;
}

function yearField(name: string, label: string, year: number | undefined): Html {
  return html`<label>${label} <input name="${name}" value="${year}" inputmode="numeric" pattern="[0-9]{4}" maxlength="4" size="4" placeholder="Any" autocomplete="off" title="A year, such as 1994"></label>`;
}
