import type { Credit } from '../data/edit-people';
import type { FoundTitle } from '../data/find-for-editor';
import { type Html, html } from '../html';
import { type FormState, textInput } from './form-field';
import { csrfField } from './layout';
import { formatCount } from './movies-view';
import type { AdminPage } from './notice-view';
import { partForm, titlesPicker } from './picker-view';
import { removeForm } from './title-edit-view';

/** The page of a person, for editors. */
export interface PersonPageView {
  id: number;
  /** As stored. */
  name: string;
  credits: readonly Credit[];
  /** Results of the search for a title. */
  titles: readonly FoundTitle[];
  state: FormState;
  part: FormState;
}

/** Renders the main part of the page for a new person. */
export function newPersonView({ hub, csrfToken, notice }: AdminPage, state: FormState | undefined): Html {
  return html`<h1>New person</h1>
${notice}
<form class="sheet" method="post" action="${hub.url('/admin/people/new')}" novalidate>
${csrfField(csrfToken)}
${personFields(state)}
<button type="submit">Create person</button>
</form>
<p class="back"><a href="${hub.url('/admin/people')}">All people</a></p>`;
}

/** Renders the main part of the page of a person: their values and parts. */
export function personPageView(page: AdminPage, view: PersonPageView): Html {
  const { hub, csrfToken, notice } = page;
  const { id, name, credits, titles, state, part } = view;
  const path = `/admin/people/${id}`;
  return html`<h1>${name}</h1>
<p class="facts">Person ${id}</p>
${notice}
<form class="sheet" method="post" action="${hub.url(path)}" novalidate>
${csrfField(csrfToken)}
${personFields(state)}
<button type="submit">Save person</button>
</form>
<section aria-labelledby="credits-heading">
<h2 id="credits-heading">Parts</h2>
${credits.length === 0 ? html`<p>No parts yet, so this person is invisible to readers.</p>` : creditTable(page, view)}
</section>
<section id="part" aria-labelledby="part-heading">
<h2 id="part-heading">Add a part</h2>
${partForm({ hub, csrfToken, path, label: 'Title', submit: 'Add part', picker: titlesPicker(hub, titles, part), part })}
</section>
<p class="back"><a href="${hub.url('/admin/people')}">All people</a></p>`;
}

function personFields(state: FormState | undefined): Html {
  const form = 'person';
  const year = { form, state, maxLength: 4, inputMode: 'numeric', hint: 'optional' } as const;
  return html`${textInput({ form, name: 'name', label: 'Name', state, maxLength: 200 })}
<div class="row">
${textInput({ ...year, name: 'birth_year', label: 'Born' })}
${textInput({ ...year, name: 'death_year', label: 'Died' })}
</div>
${textInput({ form, name: 'professions', label: 'Professions', hint: 'separated by commas', state, maxLength: 450 })}`;
}

function creditTable({ hub, csrfToken }: AdminPage, { id, name, credits }: PersonPageView): Html {
  const total = credits[0]?.total ?? 0;
  const row = (credit: Credit) => html`<tr>
<th scope="row"><a href="${hub.url(`/admin/titles/${credit.title_id}`)}">${credit.primary_title}</a></th>
<td>${credit.start_year}</td>
<td>${credit.characters.length > 0 ? credit.characters.join(', ') : html`<span class="hint">${credit.category}</span>`}</td>
<td class="wide">${credit.type_label}</td>
<td class="action">${removeForm({ hub, csrfToken, titleId: credit.title_id, member: { ordering: credit.ordering, name_id: id, primary_name: `${name} from ${credit.primary_title}` }, from: 'person' })}</td>
</tr>
`;
  return html`${total > credits.length && html`<p>Showing the newest ${credits.length} of ${formatCount(total)}.</p>`}
<table class="listing">
<thead><tr><th scope="col">Title</th><th scope="col">Year</th><th scope="col">Character</th><th scope="col" class="wide">Type</th><th scope="col"><span class="visually-hidden">Remove</span></th></tr></thead>
<tbody>
${credits.map(row)}</tbody>
</table>`;
}
