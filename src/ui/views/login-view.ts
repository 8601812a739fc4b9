import type { DemoUser } from '../demo-users';
import { type Html, html } from '../html';
import type { Hub } from '../hub-context';
import { csrfField } from './layout';

/** The login page. */
export interface LoginView {
  hub: Hub;
  csrfToken: string;
  demoUsers: readonly DemoUser[];
  /** Path to return to. */
  next?: string | undefined;
  /** Why the last attempt failed. */
  problem?: string;
  /** The submitted user name. */
  username?: string;
}

/** Renders the main part of the login page. */
export function loginView({ hub, csrfToken, demoUsers, next, problem, username }: LoginView): Html {
  const described = problem !== undefined && html` aria-invalid="true" aria-describedby="login-problem"`;
  return html`<section class="login">
<p class="brand">Movie Hub</p>
<h1>Log in</h1>
${problem !== undefined && html`<p class="notice error" id="login-problem" role="alert">${problem}</p>`}
<form method="post" action="${hub.url('/login')}">
${csrfField(csrfToken)}
${next !== undefined && html`<input type="hidden" name="next" value="${next}">`}
<label for="username">User name</label>
<input id="username" name="username" value="${username}" required maxlength="64" autocomplete="username" autocapitalize="none" spellcheck="false"${!username && html` autofocus`}${described}>
<label for="password">Password</label>
<input id="password" name="password" type="password" required maxlength="1000" autocomplete="current-password"${username && html` autofocus`}${described}>
<button type="submit">Log in</button>
</form>
${demoUsers.length > 0 && demoTable(demoUsers)}
</section>`;
}

/** Renders the main part of a page for a signed-out user, with a link to log in with a login function. */
export function signedOutView(view: { hub: Hub; heading: string; problem?: string; link: string }): Html {
  const { hub, heading, problem, link } = view;
  return html`<section class="login">
<p class="brand">Movie Hub</p>
<h1>${heading}</h1>
${problem !== undefined && html`<p class="notice error" role="alert">${problem}</p>`}
<p><a href="${hub.url('/login')}" class="button">${link}</a></p>
</section>`;
}

function demoTable(users: readonly DemoUser[]): Html {
  const row = (user: DemoUser) => html`<tr>
<th scope="row"><code>${user.username}</code></th><td><code>${user.password}</code></td><td>${user.sees}</td>
</tr>
`;
  return html`<section class="demo-users" aria-labelledby="demo-users-heading">
<h2 id="demo-users-heading">Demo accounts</h2>
<table>
<thead><tr><th scope="col">User</th><th scope="col">Password</th><th scope="col">Can see</th></tr></thead>
<tbody>
${users.map(row)}</tbody>
</table>
</section>`;
}
