import { type Html, html } from '../html';
import type { Hub, Principal } from '../hub-context';
import type { Theme } from '../session/theme';

/** The sections of the sidebar, by path. */
export type Section =
  | 'chat'
  | 'movies'
  | 'admin'
  | 'admin/titles'
  | 'admin/people'
  | 'admin/users'
  | 'admin/audit'
  | 'account';

/** A page. */
export interface PageView {
  hub: Hub;
  /** Absent when nobody is signed in; the page then has no navigation. */
  principal: Principal | undefined;
  title: string;
  active?: Section | undefined;
  /** The chosen theme; by default that of the operating system. */
  theme?: Theme | undefined;
  /** Path of the hub's cookies. */
  cookiePath: string;
  csrfToken: string;
  /** The main part, with the page's only `h1`. */
  content: Html;
}

/** Renders a full page around its main part. */
export function page(view: PageView): Html {
  const { hub, principal, title, theme, content } = view;
  return html`<!doctype html>
<html lang="en"${theme && html` data-theme="${theme}"`}>
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="${theme ?? 'light dark'}">
<meta name="htmx-config" content='{"includeIndicatorCSS": false}'>
<title>${title} · Movie Hub</title>
<link rel="icon" type="image/svg+xml" href="${hub.asset('icon.svg')}">
<link rel="stylesheet" href="${hub.asset('pico.min.css')}">
<link rel="stylesheet" href="${hub.asset('hub.css')}">
<link rel="stylesheet" href="${hub.asset('pages.css')}">
<link rel="stylesheet" href="${hub.asset('admin.css')}">
<link rel="stylesheet" href="${hub.asset('chat.css')}">
<script defer src="${hub.asset('htmx.min.js')}"></script>
<script defer src="${hub.asset('hx-sse.min.js')}"></script>
<script defer src="${hub.asset('hub.js')}"></script>
<script defer src="${hub.asset('theme.js')}"></script>
</head>
<body class="${principal ? 'with-sidebar' : 'plain'}">
<a class="skip-link" href="#main">Skip to content</a>
${principal && sidebar(view, principal)}
<main id="main" tabindex="-1">
${content}
</main>
</body>
</html>
`;
}

/** Renders the hidden field that every form needs. */
export function csrfField(csrfToken: string): Html {
  return html`<input type="hidden" name="_csrf" value="${csrfToken}">`;
}

function sidebar({ hub, active, csrfToken, cookiePath }: PageView, principal: Principal): Html {
  const link = (section: Section, label: string) =>
    html`<li><a href="${hub.url(`/${section}`)}"${active === section && html` aria-current="page"`}>${label}</a></li>`;
  const adminLinks = html`<ul class="subnav" aria-label="Administration">
${link('admin/titles', 'Titles')}
${link('admin/people', 'People')}
${link('admin/users', 'Users')}
${link('admin/audit', 'Audit')}
</ul>`;
  return html`<header class="sidebar">
<a class="brand" href="${hub.url('/')}">Movie Hub</a>
<nav aria-label="Main">
<ul>
${link('chat', 'Chat')}
${link('movies', 'Movies')}
${principal.isAdmin && link('admin', 'Admin')}
</ul>
${principal.isAdmin && active?.startsWith('admin') && adminLinks}
</nav>
<div class="account">
<button type="button" class="theme-switch" data-theme-switch="${cookiePath}" hidden></button>
<form method="post" action="${hub.url('/logout')}">
${csrfField(csrfToken)}
<a href="${hub.url('/account')}"${active === 'account' && html` aria-current="page"`} title="Your account"><span class="user">${principal.username}</span></a>
<button type="submit" class="secondary outline">Log out</button>
</form>
</div>
</header>`;
}
