import type { TitleType } from '../data/edit-titles';
import type { Account } from '../data/manage-users';
import { type Html, html } from '../html';
import { csrfField } from './layout';
import type { AdminPage } from './notice-view';
import { checkbox } from './users-view';

/** The page of a user, for administrators. */
export interface UserPageView {
  account: Account;
  types: readonly TitleType[];
  /** False with a login function. */
  hasPasswords: boolean;
  /** True on the administrator's own page. */
  isSelf: boolean;
}

/** Renders the main part of the page of a user. */
export function userPageView(page: AdminPage, view: UserPageView): Html {
  const { hub, csrfToken, notice } = page;
  const { account, types } = view;
  const path = `/admin/users/${encodeURIComponent(account.username)}`;
  const chosen = new Set(account.title_types);
  return html`<h1>${account.username}${account.is_admin && html` <span class="tag">admin</span>`}${account.is_disabled && html` <span class="tag">disabled</span>`}</h1>
<p class="facts">Created ${account.created} UTC · ${account.sessions === 1 ? '1 session' : `${account.sessions} sessions`} · <a href="${hub.url('/admin/audit')}?subject=${encodeURIComponent(account.username)}">changes</a> · <a href="${hub.url('/admin/audit')}?tab=tools&amp;actor=${encodeURIComponent(account.username)}">tool calls</a></p>
${notice}
<section aria-labelledby="sees-heading">
<h2 id="sees-heading">Can see</h2>
<form class="sheet" method="post" action="${hub.url(`${path}/entitlements`)}">
${csrfField(csrfToken)}
<input type="hidden" name="from" value="user">
<fieldset>
<legend class="visually-hidden">Title types</legend>
<div class="checks">
${types.map((type) => checkbox(type, chosen.has(type.title_type_id)))}
</div>
</fieldset>
<button type="submit">Save</button>
</form>
</section>
<section aria-labelledby="account-heading">
<h2 id="account-heading">Account</h2>
<dl class="account-actions">
${accountActions(view).map((action) => actionView(page, path, action))}
</dl>
</section>
<p class="back"><a href="${hub.url('/admin/users')}">All users</a></p>`;
}

/** Renders the only page that shows a password. */
export function newPasswordView(
  { hub }: AdminPage,
  { username, password, isNew }: { username: string; password: string; isNew: boolean },
): Html {
  return html`<h1>${isNew ? `Created ${username}` : `New password for ${username}`}</h1>
<p>Pass this password to the user through a private channel. It is shown only once. The user can change it under “Your account”.</p>
<p class="password"><code>${password}</code></p>
${!isNew && html`<p>The old password no longer works, and all sessions of ${username} have ended.</p>`}
<p><a href="${hub.url(`/admin/users/${encodeURIComponent(username)}`)}" class="button">Done</a></p>`;
}

/** An action on an account; without a button the text says why. */
interface AccountAction {
  name: string;
  text: string;
  button?: { path: string; label: string; field?: { name: string; value: string }; isDanger?: boolean };
}

function accountActions({ account, hasPasswords, isSelf }: UserPageView): AccountAction[] {
  const { is_admin: isAdmin, is_disabled: isDisabled } = account;
  const own = 'Ask another administrator to change this.';
  const administration: AccountAction = {
    name: 'Administrator',
    text: isAdmin ? 'Can use the admin pages.' : 'Cannot use the admin pages.',
    button: {
      path: 'admin',
      label: isAdmin ? 'Remove administrator' : 'Make administrator',
      field: { name: 'admin', value: isAdmin ? 'no' : 'yes' },
    },
  };
  const access: AccountAction = {
    name: 'Access',
    text: isDisabled ? 'Cannot log in.' : 'Can log in. Disabling the account ends all sessions.',
    button: {
      path: 'disabled',
      label: isDisabled ? 'Enable' : 'Disable',
      field: { name: 'disabled', value: isDisabled ? 'no' : 'yes' },
      isDanger: !isDisabled,
    },
  };
  const password: AccountAction = {
    name: 'Password',
    text: account.has_password ? 'A new password ends all sessions.' : 'No password yet.',
    button: { path: 'password', label: 'Create new password' },
  };
  return [
    {
      name: 'Sessions',
      text: account.sessions === 1 ? '1 open session.' : `${account.sessions} open sessions.`,
      button: { path: 'sign-out', label: 'Log out everywhere' },
    },
    ...(hasPasswords ? [password] : []),
    isSelf ? { name: administration.name, text: own } : administration,
    isSelf ? { name: access.name, text: own } : access,
  ];
}

function actionView(
  { hub, csrfToken }: AdminPage,
  path: string,
  { name, text, button }: AccountAction,
): Html {
  return html`<div>
<dt>${name}</dt>
<dd>${text}</dd>
${
  button &&
  html`<dd><form method="post" action="${hub.url(`${path}/${button.path}`)}">
${csrfField(csrfToken)}
${button.field && html`<input type="hidden" name="${button.field.name}" value="${button.field.value}">`}
<button type="submit" class="${button.isDanger ? 'danger outline' : 'secondary outline'}">${button.label}</button>
</form></dd>`
}
</div>
`;
}
