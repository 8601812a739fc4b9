import type { TitleType } from '../data/edit-titles';
import type { FoundPerson, FoundTitle } from '../data/find-for-editor';
import type { UserRow } from '../data/users';
import { type Html, html } from '../html';
import type { Hub } from '../hub-context';
import { type FormState, selectInput, textInput } from './form-field';
import { csrfField } from './layout';
import { usersView } from './users-view';

/** The admin page. */
export interface AdminView {
  hub: Hub;
  csrfToken: string;
  types: readonly TitleType[];
  /** Choices of the casting form. */
  newest: { titles: readonly FoundTitle[]; people: readonly FoundPerson[] };
  /** The first by name. */
  users: readonly UserRow[];
  notice: Html | false;
  /** The form with errors. */
  refused?: RefusedForm | undefined;
}

/** The forms of the admin page; `username` identifies that of a user's entitlements. */
export type AdminForm = 'titles' | 'people' | 'cast' | 'entitlements';

/** A form with errors. */
export interface RefusedForm extends FormState {
  form: AdminForm;
  username?: string;
}

/** Renders the main part of the admin page. */
export function adminView(view: AdminView): Html {
  const { hub, notice } = view;
  return html`<h1>Admin</h1>
${notice}
<p>Add something new, or manage <a href="${hub.url('/admin/titles')}">titles</a>, <a href="${hub.url('/admin/people')}">people</a> and <a href="${hub.url('/admin/users')}">users</a>. The <a href="${hub.url('/admin/audit')}">audit trail</a> lists changes and tool calls.</p>
<div class="forms">
${titleForm(view)}
${personForm(view)}
${castForm(view)}
</div>
${usersView(view)}`;
}

function titleForm(view: AdminView): Html {
  const form = 'titles';
  const state = stateOf(view, form);
  const options = view.types.map((type) => ({ value: String(type.title_type_id), label: type.label }));
  return html`<section aria-labelledby="titles-heading">
<h2 id="titles-heading">Create a title</h2>
<form method="post" action="${view.hub.url('/admin/titles')}" novalidate>
${csrfField(view.csrfToken)}
${textInput({ form, name: 'title', label: 'Title', state, maxLength: 500 })}
${selectInput({ form, name: 'title_type', label: 'Type', state, options, placeholder: 'Choose a type' })}
${textInput({ form, name: 'start_year', label: 'Year', hint: 'optional', state, maxLength: 4, inputMode: 'numeric' })}
<button type="submit">Create title</button>
</form>
</section>`;
}

function personForm(view: AdminView): Html {
  const form = 'people';
  return html`<section aria-labelledby="people-heading">
<h2 id="people-heading">Create a person</h2>
<form method="post" action="${view.hub.url('/admin/people')}" novalidate>
${csrfField(view.csrfToken)}
${textInput({ form, name: 'name', label: 'Name', state: stateOf(view, form), maxLength: 200 })}
<button type="submit">Create person</button>
</form>
</section>`;
}

function castForm(view: AdminView): Html {
  const form = 'cast';
  const state = stateOf(view, form);
  const titles = view.newest.titles.map((title) => ({
    value: String(title.title_id),
    label: `${title.primary_title} (${[title.type_label, title.start_year].filter((part) => part !== null).join(', ')})`,
  }));
  const people = view.newest.people.map((person) => ({
    value: String(person.name_id),
    label: person.birth_year === null ? person.primary_name : `${person.primary_name} (${person.birth_year})`,
  }));
  return html`<section aria-labelledby="cast-heading">
<h2 id="cast-heading">Cast a person</h2>
<form method="post" action="${view.hub.url('/admin/cast')}" novalidate>
${csrfField(view.csrfToken)}
${selectInput({ form, name: 'title_id', label: 'Title', state, options: titles, placeholder: 'Choose a recent title' })}
${selectInput({ form, name: 'person_id', label: 'Person', state, options: people, placeholder: 'Choose a recent person' })}
${textInput({ form, name: 'character', label: 'Character', state, maxLength: 300 })}
<button type="submit">Cast person</button>
</form>
</section>`;
}

function stateOf({ refused }: AdminView, form: AdminForm): FormState | undefined {
  return refused?.form === form ? refused : undefined;
}
