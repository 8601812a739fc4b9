import { type Html, html } from '../html';

/** What an error page says. */
export interface ErrorView {
  heading: string;
  message: string;
  /** Where to go on: the path and what the link says. */
  next?: { href: string; label: string };
  /** Finds the error in the log. */
  requestId?: string;
}

/** Renders the main part of an error page, which also serves as a part of another page. */
export function errorView({ heading, message, next, requestId }: ErrorView): Html {
  return html`<section class="empty-state" role="alert">
<h1>${heading}</h1>
<p>${message}</p>
${next && html`<p><a href="${next.href}">${next.label}</a></p>`}
${requestId && html`<p><small>Request ${requestId}</small></p>`}
</section>`;
}
