import { type Html, html } from '../html';

/** Values and errors of a form, by field name. */
export interface FormState {
  values: Readonly<Record<string, string>>;
  errors: Readonly<Record<string, string>>;
}

/** A form field. */
export interface FieldView {
  /** Name of the form; the field's id is this and `name`. */
  form: string;
  name: string;
  label: string;
  state?: FormState | undefined;
}

/** Renders a labelled text field with its value and error. */
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

/** Renders a labelled password field. */
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

/** Renders a labelled select. A submitted value that is not among the options is kept as an extra option. */
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
