import type { SessionRow } from '../data/sessions';
import { type Html, html } from '../html';
import type { Hub, Principal } from '../hub-context';
import { type FormState, passwordInput } from './form-field';
import { csrfField } from './layout';

/** The account page. */
export interface AccountView {
  hub: Hub;
  csrfToken: string;
  notice: Html | false;
  principal: Principal;
  sessions: readonly SessionRow[];
  /** The hash of the current session. */
  current: string;
  /** False with a login function. */
  hasPasswords: boolean;
  state: FormState | undefined;
}

/** Renders the main part of the account page. */
export function accountView(view: AccountView): Html {
  const { hub, csrfToken, notice, principal, sessions } = view;
  return html`<h1>Your account</h1>
<p class="facts">${principal.username}${principal.isAdmin && html` <span class="tag">admin</span>`}</p>
${notice}
<section aria-labelledby="sessions-heading">
<h2 id="sessions-heading">Where you are logged in</h2>
<table class="listing">
<thead><tr><th scope="col">Since (UTC)</th><th scope="col">Last seen</th><th scope="col"><span class="visually-hidden">End</span></th></tr></thead>
<tbody>
${sessions.map((session) => sessionRow(view, session))}</tbody>
</table>
<form class="out" method="post" action="${hub.url('/account/sessions/end-all')}">
${csrfField(csrfToken)}
<button type="submit" class="secondary outline">Log out everywhere</button>
</form>
</section>
${view.hasPasswords && passwordForm(view)}`;
}

function sessionRow({ hub, csrfToken, current }: AccountView, session: SessionRow): Html {
  return html`<tr>
<th scope="row">${session.begun}</th>
<td>${session.last_seen}${session.session_hash === current && html` <span class="tag">this session</span>`}</td>
<td class="action"><form method="post" action="${hub.url('/account/sessions/end')}">
${csrfField(csrfToken)}
<input type="hidden" name="session" value="${session.session_hash}">
<button type="submit" class="secondary outline" aria-label="End the session from ${session.begun}">End</button>
</form></td>
</tr>
`;
}

function passwordForm({ hub, csrfToken, state }: AccountView): Html {
  const form = 'password';
  return html`<section aria-labelledby="password-heading">
<h2 id="password-heading">Change your password</h2>
<form class="sheet" method="post" action="${hub.url('/account/password')}" novalidate>
${csrfField(csrfToken)}
${passwordInput({ form, name: 'current', label: 'Current password', state, autocomplete: 'current-password' })}
${passwordInput({ form, name: 'wanted', label: 'New password', state, autocomplete: 'new-password' })}
<p class="hint">This also ends your other sessions.</p>
<button type="submit">Change password</button>
</form>
</section>`;
}
