import type { TitleType } from '../data/edit-titles';
import type { UserRow } from '../data/users';
import { type Html, html } from '../html';
import { type FormState, textInput } from './form-field';
import { csrfField } from './layout';
import type { AdminPage } from './notice-view';
import { checkbox } from './users-view';

/** The list of users. */
export interface UserListView {
  /** Beginning of the user names. */
  prefix: string;
  users: readonly UserRow[];
  hasMore: boolean;
  types: readonly TitleType[];
  /** False with a login function. */
  hasPasswords: boolean;
  /** The form for a new user, when it had errors. */
  state: FormState | undefined;
}

/** Renders the main part of the list of users, with the form for a new one. */
export function userListView({ hub, csrfToken, notice }: AdminPage, view: UserListView): Html {
  const { prefix, users, hasMore, types } = view;
  const last = users.at(-1);
  const next = new URLSearchParams({ ...(prefix !== '' && { q: prefix }), after: last?.username ?? '' });
  const row = (user: UserRow) => html`<tr>
<th scope="row"><a href="${hub.url(`/admin/users/${encodeURIComponent(user.username)}`)}">${user.username}</a>${user.is_admin && html` <span class="tag">admin</span>`}${user.is_disabled && html` <span class="tag">disabled</span>`}</th>
<td>${seenBy(user, types)}</td>
</tr>
`;
  return html`<h1>Users</h1>
${notice}
<search><form class="find" method="get" action="${hub.url('/admin/users')}">
<input type="search" name="q" value="${prefix}" maxlength="64" aria-label="Search users" placeholder="Beginning of a user name" autocomplete="off">
<button type="submit" class="secondary">Search</button>
</form></search>
${
  last === undefined
    ? html`<p>No users match “${prefix}”.</p>`
    : html`<table class="listing"><thead><tr><th scope="col">User</th><th scope="col">Can see</th></tr></thead>
<tbody>
${users.map(row)}</tbody>
</table>`
}
${hasMore && html`<nav class="pager" aria-label="Pages"><a href="${hub.url('/admin/users')}?${next.toString()}" rel="next">Next page</a></nav>`}
<section aria-labelledby="user-heading">
<h2 id="user-heading">Create a user</h2>
${userForm(hub.url('/admin/users'), csrfToken, view)}
</section>`;
}

function userForm(action: string, csrfToken: string, { types, state, hasPasswords }: UserListView): Html {
  const form = 'user';
  const chosen = new Set((state?.values.title_types ?? '').split(','));
  const error = state?.errors.title_types;
  const described =
    error !== undefined && html` aria-invalid="true" aria-describedby="user-title_types-error"`;
  return html`<form class="sheet" method="post" action="${action}" novalidate>
${csrfField(csrfToken)}
${textInput({ form, name: 'username', label: 'User name', state, maxLength: 64 })}
<fieldset${described}>
<legend>Can see</legend>
<div class="checks">
${types.map((type) => checkbox(type, chosen.has(String(type.title_type_id))))}
</div>
${error !== undefined && html`<small id="user-title_types-error" class="field-error">${error}</small>`}
</fieldset>
<label><input type="checkbox" name="is_admin" value="yes"${state?.values.is_admin === 'yes' && html` checked`}> Administrator</label>
<p class="hint">${hasPasswords ? 'The next page shows the password, once.' : 'Users log in with another service, so there is no password.'}</p>
<button type="submit">Create user</button>
</form>`;
}

function seenBy({ title_types }: UserRow, types: readonly TitleType[]): string {
  const labels = types.filter((type) => title_types.includes(type.title_type_id)).map((type) => type.label);
  if (labels.length === 0) return 'No titles';
  return labels.length === types.length ? 'Everything' : labels.join(', ');
}
