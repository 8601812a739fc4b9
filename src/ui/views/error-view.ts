import { type Html, html } from '../html';

/** An error page. */
export interface ErrorView {
  heading: string;
  message: string;
  /** True for a part of a page that already has a heading. */
  isPart: boolean;
  /** Link to continue. */
  next?: { href: string; label: string };
  /** The id of the request in the log. */
  requestId?: string;
}

/** Renders the main part of an error page, or a message in place of the part that failed. */
export function errorView({ heading, isPart, message, next, requestId }: ErrorView): Html {
  return html`<section class="empty-state" role="alert">
${isPart ? html`<p class="empty-title">${heading}</p>` : html`<h1>${heading}</h1>`}
<p>${message}</p>
${next && html`<p><a href="${next.href}">${next.label}</a></p>`}
${requestId && html`<p><small>Request ${requestId}</small></p>`}
</section>`;
}
