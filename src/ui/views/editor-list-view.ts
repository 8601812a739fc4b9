import type { FoundPerson, FoundTitle } from '../data/find-for-editor';
import { type Html, html } from '../html';
import type { Hub } from '../hub-context';
import type { AdminPage } from './notice-view';

/** A page of an editor's list: newest first, or best matches first. */
export interface EditorList<Row> {
  hub: Hub;
  words: string;
  rows: readonly Row[];
  hasMore: boolean;
}

/** Renders the list of titles. */
export const titleList = editorList<FoundTitle>({
  one: 'title',
  many: 'titles',
  placeholder: 'Title, or number such as tt0111161',
  headings: () => html`<th scope="col">Title</th><th scope="col">Year</th><th scope="col">Type</th>`,
  idOf: (title) => title.title_id,
  cells: (
    title,
    link,
  ) => html`<th scope="row">${link(title.primary_title)}${title.original_title !== title.primary_title && html` <span class="original">${title.original_title}</span>`}</th>
<td>${title.start_year}</td>
<td>${title.type_label}</td>`,
});

/** Renders the list of people; only a search finds what each is known for. */
export const peopleList = editorList<FoundPerson>({
  one: 'person',
  many: 'people',
  placeholder: 'Name, or number such as nm0000151',
  headings: (words) =>
    html`<th scope="col">Name</th><th scope="col">Born</th>${words !== '' && html`<th scope="col">Known for</th>`}`,
  idOf: (person) => person.name_id,
  cells: (person, link, words) => html`<th scope="row">${link(person.primary_name)}</th>
<td>${person.birth_year}</td>
${words !== '' && html`<td>${person.known_for}</td>`}`,
});

/** Returns how to render the main part of a list, and the part that a search replaces. */
function editorList<Row>(kind: {
  one: string;
  many: 'titles' | 'people';
  placeholder: string;
  headings: (words: string) => Html;
  idOf: (row: Row) => number;
  cells: (row: Row, link: (name: string) => Html, words: string) => Html;
}) {
  const { one, many, placeholder, headings, idOf, cells } = kind;
  const heading = many === 'titles' ? 'Titles' : 'People';
  const part = ({ hub, words, rows, hasMore }: EditorList<Row>): Html => {
    const path = hub.url(`/admin/${many}`);
    const last = rows.at(-1);
    if (last === undefined)
      return html`<p>${words === '' ? `There are no ${many}.` : `No ${many} match “${words}”.`}</p>`;
    const row = (each: Row) => html`<tr>
${cells(each, (name) => html`<a href="${path}/${idOf(each)}">${name}</a>`, words)}
<td class="number wide">${idOf(each)}</td>
</tr>
`;
    return html`<table class="listing">
<thead><tr>${headings(words)}<th scope="col" class="number wide">Number</th></tr></thead>
<tbody>
${rows.map(row)}</tbody>
</table>
${hasMore && words === '' && html`<nav class="pager" aria-label="Pages"><a href="${path}?before=${idOf(last)}" rel="next">Older ${many}</a></nav>`}
${hasMore && words !== '' && html`<p class="hint">There are more matches. Add words to narrow the search.</p>`}`;
  };
  const view = ({ hub, notice }: AdminPage, list: EditorList<Row>): Html => {
    const path = hub.url(`/admin/${many}`);
    return html`<div class="page-head"><h1>${heading}</h1>
<a href="${path}/new" class="button">New ${one}</a></div>
${notice}
<search><form class="find" method="get" action="${path}">
<input type="search" name="q" value="${list.words}" maxlength="200" aria-label="Search ${many}" placeholder="${placeholder}" autocomplete="off" hx-get="${path}" hx-trigger="input changed delay:250ms" hx-target="#results" hx-replace-url="true" hx-sync="this:replace">
<button type="submit" class="secondary">Search</button>
</form></search>
<section id="results" aria-label="${heading}">
${part(list)}
</section>`;
  };
  return { part, view };
}
