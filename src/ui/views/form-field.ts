import { type Html, html } from '../html';

/** What was typed into a form, and what is wrong with it, by field name. */
export interface FormState {
  values: Readonly<Record<string, string>>;
  errors: Readonly<Record<string, string>>;
}

/** A field of a form: where it stands, and what the page says of it. */
export interface FieldView {
  /** Of the form; with the name it makes the id. */
  form: string;
  name: string;
  label: string;
  state?: FormState | undefined;
}

/** Renders a labelled text field, with what was typed and what is wrong with it. */
export function textInput(
  field: FieldView & { maxLength: number; inputMode?: 'numeric'; hint?: string | undefined },
): Html {
  const { form, name, label, state, maxLength, inputMode, hint } = field;
  const id = `${form}-${name}`;
  return html`<div class="field">
<label for="${id}">${label}${hint && html` <span class="hint">${hint}</span>`}</label>
<input id="${id}" name="${name}" value="${state?.values[name]}" maxlength="${maxLength}" autocomplete="off"${inputMode && html` inputmode="${inputMode}"`}${errorAttributes(id, field)}>
${errorText(id, field)}
</div>`;
}

/** Renders a labelled field for a password. */
export function passwordInput(
  field: FieldView & { autocomplete: 'current-password' | 'new-password' },
): Html {
  const { form, name, label, autocomplete } = field;
  const id = `${form}-${name}`;
  return html`<div class="field">
<label for="${id}">${label}</label>
<input id="${id}" name="${name}" type="password" required maxlength="1000" autocomplete="${autocomplete}"${errorAttributes(id, field)}>
${errorText(id, field)}
</div>`;
}

/** Renders a labelled choice. A value that was sent but is not on offer stays, as an option of its own. */
export function selectInput(
  field: FieldView & { options: readonly { value: string; label: string }[]; placeholder?: string },
): Html {
  const { form, name, label, state, options, placeholder } = field;
  const id = `${form}-${name}`;
  const chosen = state?.values[name] ?? '';
  const isKnown = chosen === '' || options.some((option) => option.value === chosen);
  return html`<div class="field">
<label for="${id}">${label}</label>
<select id="${id}" name="${name}"${errorAttributes(id, field)}>
${placeholder !== undefined && html`<option value="">${placeholder}</option>`}
${!isKnown && html`<option value="${chosen}" selected>${chosen}</option>`}
${options.map((option) => html`<option value="${option.value}"${option.value === chosen && html` selected`}>${option.label}</option>\n`)}
</select>
${errorText(id, field)}
</div>`;
}

function errorAttributes(id: string, { name, state }: FieldView): Html | false {
  if (state?.errors[name] === undefined) return false;
  const isFirst = Object.keys(state.errors)[0] === name;
  return html` aria-invalid="true" aria-describedby="${id}-error"${isFirst && html` autofocus`}`;
}

function errorText(id: string, { name, state }: FieldView): Html | undefined {
  const error = state?.errors[name];
  return error === undefined ? undefined : html`<small id="${id}-error" class="field-error">${error}</small>`;
}
