import type { CastMember } from '../data/edit-cast';
import type { TitleType } from '../data/edit-titles';
import type { FoundPerson } from '../data/find-for-editor';
import { type Html, html } from '../html';
import { type FormState, selectInput, textInput } from './form-field';
import { csrfField } from './layout';
import type { AdminPage } from './notice-view';
import { partForm, peoplePicker } from './picker-view';

/** The page of a title, for editors. */
export interface TitlePageView {
  id: number;
  /** As stored. */
  name: string;
  types: readonly TitleType[];
  cast: readonly CastMember[];
  /** Results of the search for a person. */
  people: readonly FoundPerson[];
  state: FormState;
  part: FormState;
}

/** Renders the main part of the page for a new title. */
export function newTitleView(
  { hub, csrfToken, notice }: AdminPage,
  view: { types: readonly TitleType[]; state: FormState | undefined },
): Html {
  return html`<h1>New title</h1>
${notice}
<form class="sheet" method="post" action="${hub.url('/admin/titles/new')}" novalidate>
${csrfField(csrfToken)}
${titleFields(view.types, view.state)}
<button type="submit">Create title</button>
</form>
<p class="back"><a href="${hub.url('/admin/titles')}">All titles</a></p>`;
}

/** Renders the main part of the page of a title: its values, its cast, and a link to delete it. */
export function titlePageView(page: AdminPage, view: TitlePageView): Html {
  const { hub, csrfToken, notice } = page;
  const { id, name, types, cast, people, state, part } = view;
  const path = `/admin/titles/${id}`;
  return html`<h1>${name}</h1>
<p class="facts">Title ${id} · <a href="${hub.url(`/movies/${id}`)}">View page</a></p>
${notice}
<form class="sheet" method="post" action="${hub.url(path)}" novalidate>
${csrfField(csrfToken)}
${titleFields(types, state)}
<button type="submit">Save title</button>
</form>
<section aria-labelledby="cast-heading">
<h2 id="cast-heading">Cast and crew</h2>
${cast.length === 0 ? html`<p>No cast or crew yet.</p>` : castTable(page, id, cast)}
</section>
<section id="part" aria-labelledby="part-heading">
<h2 id="part-heading">Add to the cast</h2>
${partForm({ hub, csrfToken, path, label: 'Person', submit: 'Add to the cast', picker: peoplePicker(hub, people, part), part })}
</section>
<section aria-labelledby="delete-heading">
<h2 id="delete-heading">Delete</h2>
<p>The next page lists what is deleted with it and asks for confirmation.</p>
<p><a href="${hub.url(`${path}/delete`)}" class="button outline">Delete this title …</a></p>
</section>
<p class="back"><a href="${hub.url('/admin/titles')}">All titles</a></p>`;
}

function titleFields(types: readonly TitleType[], state: FormState | undefined): Html {
  const form = 'title';
  const options = types.map((type) => ({ value: String(type.title_type_id), label: type.label }));
  const year = { form, state, maxLength: 4, inputMode: 'numeric', hint: 'optional' } as const;
  return html`${textInput({ form, name: 'title', label: 'Title', state, maxLength: 500 })}
${textInput({ form, name: 'original_title', label: 'Original title', hint: 'optional', state, maxLength: 500 })}
<div class="row">
${selectInput({ form, name: 'title_type', label: 'Type', state, options, placeholder: 'Choose a type' })}
${textInput({ ...year, name: 'start_year', label: 'Year' })}
${textInput({ ...year, name: 'end_year', label: 'Last year', hint: 'of a series' })}
${textInput({ ...year, name: 'runtime_minutes', label: 'Minutes', maxLength: 5 })}
</div>
${textInput({ form, name: 'genres', label: 'Genres', hint: 'separated by commas', state, maxLength: 450 })}`;
}

function castTable({ hub, csrfToken }: AdminPage, titleId: number, cast: readonly CastMember[]): Html {
  const row = (member: CastMember) => html`<tr>
<th scope="row"><a href="${hub.url(`/admin/people/${member.name_id}`)}">${member.primary_name}</a></th>
<td>${member.characters.length > 0 ? member.characters.join(', ') : html`<span class="hint">${member.job ?? member.category}</span>`}</td>
<td class="wide">${member.category}</td>
<td class="action">${removeForm({ hub, csrfToken, titleId, member, from: 'title' })}</td>
</tr>
`;
  return html`<table class="listing">
<thead><tr><th scope="col">Person</th><th scope="col">Character</th><th scope="col" class="wide">Category</th><th scope="col"><span class="visually-hidden">Remove</span></th></tr></thead>
<tbody>
${cast.map(row)}</tbody>
</table>`;
}

/** Renders the button that removes a part, on the page of a title or of a person. */
export function removeForm(view: {
  hub: AdminPage['hub'];
  csrfToken: string;
  titleId: number;
  member: { ordering: number; name_id: number; primary_name: string };
  from: 'title' | 'person';
}): Html {
  const { hub, csrfToken, titleId, member, from } = view;
  return html`<form method="post" action="${hub.url(`/admin/titles/${titleId}/cast/${member.ordering}/remove`)}">
${csrfField(csrfToken)}
<input type="hidden" name="person_id" value="${member.name_id}">
<input type="hidden" name="from" value="${from}">
<button type="submit" class="secondary outline" aria-label="Remove ${member.primary_name}">Remove</button>
</form>`;
}
