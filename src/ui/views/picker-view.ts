import { type CastCategory, castCategories } from '../data/edit-cast';
import type { FoundPerson, FoundTitle } from '../data/find-for-editor';
import { type Html, html } from '../html';
import type { Hub } from '../hub-context';
import { type FormState, selectInput, textInput } from './form-field';
import { csrfField } from './layout';

/** Maximum number of titles or people to choose from. */
export const maxChoices = 10;

/** Renders the form that adds a part: a search for the title or person, the results, and the character. */
export function partForm(view: {
  hub: Hub;
  csrfToken: string;
  /** Of the page; the form posts to `/cast` below it. */
  path: string;
  /** Label of the search field: "Person", "Title". */
  label: string;
  submit: string;
  picker: Html;
  part: FormState;
}): Html {
  const { hub, csrfToken, label, submit, picker, part } = view;
  const path = hub.url(view.path);
  const labels: Record<CastCategory, string> = { actor: 'Actor', actress: 'Actress', self: 'As themselves' };
  const options = castCategories.map((value) => ({ value, label: labels[value] }));
  const form = 'part';
  return html`<form class="find" method="get" action="${path}#part">
<div class="field">
<label for="part-words">${label}</label>
<input id="part-words" type="search" name="words" value="${part.values.words}" maxlength="200" autocomplete="off" placeholder="Name or number" hx-get="${path}" hx-trigger="input changed delay:250ms" hx-target="#picker" hx-sync="this:replace">
</div>
<button type="submit" class="secondary">Search</button>
</form>
<form class="part" method="post" action="${path}/cast" novalidate>
${csrfField(csrfToken)}
<div id="picker" aria-live="polite">
${picker}
</div>
<div class="row">
${textInput({ form, name: 'character', label: 'Character', state: part, maxLength: 300 })}
${selectInput({ form, name: 'category', label: 'Category', state: part, options })}
</div>
<button type="submit">${submit}</button>
</form>`;
}

/** Renders the people found, to choose one. */
export function peoplePicker(hub: Hub, people: readonly FoundPerson[], state: FormState): Html {
  const choices = people.map((person) => ({
    id: person.name_id,
    name: person.primary_name,
    hint: [person.birth_year, person.known_for].filter((part) => part !== null).join(' · '),
  }));
  const create = { href: hub.url('/admin/people/new'), label: 'Create a person' };
  return picker({ legend: 'Choose the person', choices, state, create });
}

/** Renders the titles found, to choose one. */
export function titlesPicker(hub: Hub, titles: readonly FoundTitle[], state: FormState): Html {
  const choices = titles.map((title) => ({
    id: title.title_id,
    name: title.primary_title,
    hint: [title.type_label, title.start_year].filter((part) => part !== null).join(' · '),
  }));
  const create = { href: hub.url('/admin/titles/new'), label: 'Create a title' };
  return picker({ legend: 'Choose the title', choices, state, create });
}

function picker(view: {
  legend: string;
  choices: readonly { id: number; name: string; hint: string }[];
  state: FormState;
  create: { href: string; label: string };
}): Html {
  const { legend, choices, state, create } = view;
  const { words = '', picked_id } = state.values;
  const error = state.errors.picked_id;
  const chosen = picked_id ?? (choices.length === 1 ? String(choices[0]?.id) : undefined);
  const described = error !== undefined && html` aria-invalid="true" aria-describedby="part-picked_id-error"`;
  const choice = ({ id, name, hint }: (typeof choices)[number]) =>
    html`<label><input type="radio" name="picked_id" value="${id}"${chosen === String(id) && html` checked`}> ${name} <span class="hint">${hint}</span></label>
`;
  return html`<input type="hidden" name="words" value="${words}">
<fieldset class="choices"${described}>
<legend>${legend}</legend>
${words === '' && html`<p class="hint">Search above to see results here.</p>`}
${words !== '' && choices.length === 0 && html`<p>No matches for “${words}”. <a href="${create.href}">${create.label}</a></p>`}
${choices.slice(0, maxChoices).map(choice)}
${choices.length > maxChoices && html`<p class="hint">There are more matches. Add words to narrow the search.</p>`}
${error !== undefined && html`<small id="part-picked_id-error" class="field-error">${error}</small>`}
</fieldset>`;
}
