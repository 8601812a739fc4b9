import type { FoundTitle } from '../data/find-for-editor';
import { type Html, html } from '../html';
import type { Hub } from '../hub-context';
import type { AdminPage } from './notice-view';
import { searchForm } from './search-form';

/** A list of titles, newest first, or best matches first. */
export interface TitleList {
  hub: Hub;
  words: string;
  titles: readonly FoundTitle[];
  hasMore: boolean;
}

/** Renders the main part of the list of titles. */
export function titleListView({ hub, notice }: AdminPage, list: TitleList): Html {
  return html`<div class="page-head"><h1>Titles</h1>
<a href="${hub.url('/admin/titles/new')}" class="button">New title</a></div>
${notice}
${searchForm({ action: hub.url('/admin/titles'), label: 'Search titles', words: list.words, placeholder: 'Title, or number such as tt0111161' })}
<section id="results" aria-label="Titles">
${titleListPart(list)}
</section>`;
}

/** Renders the part that a search replaces. */
export function titleListPart({ hub, words, titles, hasMore }: TitleList): Html {
  const last = titles.at(-1);
  if (last === undefined)
    return html`<p>${words === '' ? 'There are no titles.' : `No titles match “${words}”.`}</p>`;
  const row = (title: FoundTitle) => html`<tr>
<th scope="row"><a href="${hub.url(`/admin/titles/${title.title_id}`)}">${title.primary_title}</a>${title.original_title !== title.primary_title && html` <span class="original">${title.original_title}</span>`}</th>
<td>${title.start_year}</td>
<td>${title.type_label}</td>
<td class="number wide">${title.title_id}</td>
</tr>
`;
  return html`<table class="listing">
<thead><tr><th scope="col">Title</th><th scope="col">Year</th><th scope="col">Type</th><th scope="col" class="number wide">Number</th></tr></thead>
<tbody>
${titles.map(row)}</tbody>
</table>
${hasMore && words === '' && html`<nav class="pager" aria-label="Pages"><a href="${hub.url('/admin/titles')}?before=${last.title_id}" rel="next">Older titles</a></nav>`}
${hasMore && words !== '' && html`<p class="hint">There are more matches. Add words to narrow the search.</p>`}`;
}
