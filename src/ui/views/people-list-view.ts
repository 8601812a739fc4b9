import type { FoundPerson } from '../data/find-for-editor';
import { type Html, html } from '../html';
import type { Hub } from '../hub-context';
import type { AdminPage } from './notice-view';
import { searchForm } from './search-form';

/** A list of people, newest first, or best matches first. */
export interface PeopleList {
  hub: Hub;
  words: string;
  people: readonly FoundPerson[];
  hasMore: boolean;
}

/** Renders the main part of the list of people. */
export function peopleListView({ hub, notice }: AdminPage, list: PeopleList): Html {
  return html`<div class="page-head"><h1>People</h1>
<a href="${hub.url('/admin/people/new')}" class="button">New person</a></div>
${notice}
${searchForm({ action: hub.url('/admin/people'), label: 'Search people', words: list.words, placeholder: 'Name, or number such as nm0000151' })}
<section id="results" aria-label="People">
${peopleListPart(list)}
</section>`;
}

/** Renders the part that a search replaces. */
export function peopleListPart({ hub, words, people, hasMore }: PeopleList): Html {
  const last = people.at(-1);
  if (last === undefined)
    return html`<p>${words === '' ? 'There are no people.' : `No people match “${words}”.`}</p>`;
  const row = (person: FoundPerson) => html`<tr>
<th scope="row"><a href="${hub.url(`/admin/people/${person.name_id}`)}">${person.primary_name}</a></th>
<td>${person.birth_year}</td>
${words !== '' && html`<td>${person.known_for}</td>`}
<td class="number wide">${person.name_id}</td>
</tr>
`;
  return html`<table class="listing">
<thead><tr><th scope="col">Name</th><th scope="col">Born</th>${words !== '' && html`<th scope="col">Known for</th>`}<th scope="col" class="number wide">Number</th></tr></thead>
<tbody>
${people.map(row)}</tbody>
</table>
${hasMore && words === '' && html`<nav class="pager" aria-label="Pages"><a href="${hub.url('/admin/people')}?before=${last.name_id}" rel="next">Older people</a></nav>`}
${hasMore && words !== '' && html`<p class="hint">There are more matches. Add words to narrow the search.</p>`}`;
}
