import type { TitleType } from '../data/edit-titles';
import type { Account } from '../data/manage-users';
import { type Html, html } from '../html';
import { csrfField } from './layout';
import type { DeskPage } from './notice-view';
import { checkbox } from './users-view';

/** What the page of a user shows an administrator. */
export interface UserPageView {
  account: Account;
  types: readonly TitleType[];
  /** False where another place signs people in. */
  hasPasswords: boolean;
  /** True for whoever looks at it. */
  isSelf: boolean;
}

/** Renders the main part of the page of a user. */
export function userPageView(page: DeskPage, view: UserPageView): Html {
  const { hub, csrfToken, notice } = page;
  const { account, types } = view;
  const path = `/admin/users/${encodeURIComponent(account.username)}`;
  const chosen = new Set(account.title_types);
  return html`<h1>${account.username}${account.is_admin && html` <span class="tag">admin</span>`}${account.is_disabled && html` <span class="tag">disabled</span>`}</h1>
<p class="facts">Since ${account.created} UTC · ${account.sessions === 1 ? '1 session' : `${account.sessions} sessions`} · <a href="${hub.url('/admin/audit')}?subject=${encodeURIComponent(account.username)}">changes</a> · <a href="${hub.url('/admin/audit')}?tab=tools&amp;actor=${encodeURIComponent(account.username)}">tool calls</a></p>
${notice}
<section aria-labelledby="sees-heading">
<h2 id="sees-heading">May see</h2>
<form class="sheet" method="post" action="${hub.url(`${path}/entitlements`)}">
${csrfField(csrfToken)}
<input type="hidden" name="from" value="user">
<fieldset>
<legend class="visually-hidden">Types of titles</legend>
<div class="checks">
${types.map((type) => checkbox(type, chosen.has(type.title_type_id)))}
</div>
</fieldset>
<button type="submit">Save</button>
</form>
</section>
<section aria-labelledby="account-heading">
<h2 id="account-heading">Account</h2>
<dl class="deeds">
${deeds(view).map((deed) => deedView(page, path, deed))}
</dl>
</section>
<p class="back"><a href="${hub.url('/admin/users')}">All users</a></p>`;
}

/** Renders the one page that shows a password. */
export function newPasswordView(
  { hub }: DeskPage,
  { username, password, isNew }: { username: string; password: string; isNew: boolean },
): Html {
  return html`<h1>${isNew ? `Created ${username}` : `Another password for ${username}`}</h1>
<p>Hand it over by a way that nobody else reads. It is shown this once; it can be changed under “Your account”.</p>
<p class="password"><code>${password}</code></p>
${!isNew && html`<p>The old one is worth nothing any more, and the sessions of ${username} are ended.</p>`}
<p><a href="${hub.url(`/admin/users/${encodeURIComponent(username)}`)}" class="button">Done</a></p>`;
}

/** Something to do to an account; without a button it says why not. */
interface Deed {
  name: string;
  says: string;
  button?: { path: string; label: string; field?: { name: string; value: string }; isDanger?: boolean };
}

function deeds({ account, hasPasswords, isSelf }: UserPageView): Deed[] {
  const { is_admin: isAdmin, is_disabled: isDisabled } = account;
  const own = 'This is you: ask another administrator.';
  const administration: Deed = {
    name: 'Administration',
    says: isAdmin ? 'May use these pages.' : 'May not use these pages.',
    button: {
      path: 'admin',
      label: isAdmin ? 'Take administration away' : 'Make an administrator',
      field: { name: 'admin', value: isAdmin ? 'no' : 'yes' },
    },
  };
  const access: Deed = {
    name: 'Access',
    says: isDisabled ? 'Cannot log in.' : 'May log in. Disabling ends all sessions at once.',
    button: {
      path: 'disabled',
      label: isDisabled ? 'Enable' : 'Disable',
      field: { name: 'disabled', value: isDisabled ? 'no' : 'yes' },
      isDanger: !isDisabled,
    },
  };
  const password: Deed = {
    name: 'Password',
    says: account.has_password ? 'A new one ends all sessions.' : 'There is none yet.',
    button: { path: 'password', label: 'Make a new password' },
  };
  return [
    {
      name: 'Sessions',
      says: account.sessions === 1 ? '1 is open.' : `${account.sessions} are open.`,
      button: { path: 'sign-out', label: 'Sign out everywhere' },
    },
    ...(hasPasswords ? [password] : []),
    isSelf ? { name: administration.name, says: own } : administration,
    isSelf ? { name: access.name, says: own } : access,
  ];
}

function deedView({ hub, csrfToken }: DeskPage, path: string, { name, says, button }: Deed): Html {
  return html`<div>
<dt>${name}</dt>
<dd>${says}</dd>
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
