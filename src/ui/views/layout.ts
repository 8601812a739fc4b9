import { type Html, html } from '../html';
import type { Hub, Principal } from '../hub-context';

/** The sections of the sidebar. */
export type Section = 'chat' | 'movies' | 'admin';

/** What a page is made of. */
export interface PageView {
  hub: Hub;
  /** Absent when nobody is signed in: the page then has no navigation. */
  principal: Principal | undefined;
  title: string;
  active?: Section | undefined;
  csrfToken: string;
  /** The main part; it has the page's one `h1`. */
  content: Html;
}

/** Renders a full page around its main part. */
export function page({ hub, principal, title, active, csrfToken, content }: PageView): Html {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="htmx-config" content='{"includeIndicatorCSS": false}'>
<title>${title} · Movie Hub</title>
<link rel="icon" type="image/svg+xml" href="${hub.asset('icon.svg')}">
<link rel="stylesheet" href="${hub.asset('pico.min.css')}">
<link rel="stylesheet" href="${hub.asset('hub.css')}">
<link rel="stylesheet" href="${hub.asset('pages.css')}">
<link rel="stylesheet" href="${hub.asset('chat.css')}">
<script defer src="${hub.asset('htmx.min.js')}"></script>
<script defer src="${hub.asset('hx-sse.min.js')}"></script>
<script defer src="${hub.asset('hub.js')}"></script>
</head>
<body class="${principal ? 'with-sidebar' : 'plain'}">
<a class="skip-link" href="#main">Skip to content</a>
${principal && sidebar(hub, principal, active, csrfToken)}
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

function sidebar(hub: Hub, principal: Principal, active: Section | undefined, csrfToken: string): Html {
  const link = (section: Section, label: string) =>
    html`<li><a href="${hub.url(`/${section}`)}"${active === section && html` aria-current="page"`}>${label}</a></li>`;
  return html`<header class="sidebar">
<a class="brand" href="${hub.url('/')}">Movie Hub</a>
<nav aria-label="Main">
<ul>
${link('chat', 'Chat')}
${link('movies', 'Movies')}
${principal.isAdmin && link('admin', 'Admin')}
</ul>
</nav>
<form class="account" method="post" action="${hub.url('/logout')}">
${csrfField(csrfToken)}
<span class="user">${principal.username}</span>
<button type="submit" class="secondary outline">Log out</button>
</form>
</header>`;
}
