import type { TitleType } from '../data/edit-titles';
import type { UserRow } from '../data/users';
import { type Html, html } from '../html';
import type { AdminView } from './admin-view';
import { csrfField } from './layout';

/** Renders the users, each with their title types. */
export function usersView(view: AdminView): Html {
  return html`<section class="users" aria-labelledby="users-heading">
<h2 id="users-heading">What users can see</h2>
<p>A change applies to the user’s next click or question. A user without title types sees no titles.</p>
${view.users.map((user) => userForm(view, user))}
<p><a href="${view.hub.url('/admin/users')}">All users, passwords and sessions</a></p>
</section>`;
}

function userForm({ hub, csrfToken, types, refused }: AdminView, user: UserRow): Html {
  const isRefused = refused?.form === 'entitlements' && refused.username === user.username;
  const chosen = isRefused
    ? new Set((refused.values.title_types ?? '').split(','))
    : new Set(user.title_types.map(String));
  const errorId = `entitlements-${user.username}-error`;
  const problem = isRefused ? refused.errors.title_types : undefined;
  const path = hub.url(`/admin/users/${encodeURIComponent(user.username)}`);
  const action = `${path}/entitlements`;
  return html`<form method="post" action="${action}">
${csrfField(csrfToken)}
<fieldset${problem !== undefined && html` aria-invalid="true" aria-describedby="${errorId}"`}>
<legend><a href="${path}">${user.username}</a>${user.is_admin && html` <span class="tag">admin</span>`}${user.is_disabled && html` <span class="tag">disabled</span>`}</legend>
<div class="checks">
${types.map((type) => checkbox(type, chosen.has(String(type.title_type_id))))}
</div>
${problem !== undefined && html`<small id="${errorId}" class="field-error">${problem}</small>`}
</fieldset>
<button type="submit" class="secondary outline" aria-label="Save for ${user.username}">Save</button>
</form>
`;
}

/** Renders the checkbox of a title type. */
export function checkbox(type: TitleType, isChecked: boolean): Html {
  return html`<label><input type="checkbox" name="title_types" value="${type.title_type_id}"${isChecked && html` checked`}> ${type.label}</label>
`;
}
