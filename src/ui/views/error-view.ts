import { type Html, html } from '../html';

/** What an error page says. */
export interface ErrorView {
  heading: string;
  message: string;
  /** True when it goes into a page that has a heading of its own. */
  isPart: boolean;
  /** Where to go on: the path and what the link says. */
  next?: { href: string; label: string };
  /** Finds the error in the log. */
  requestId?: string;
}

/** Renders the main part of an error page, or what stands in a page for the part that failed. */
export function errorView({ heading, isPart, message, next, requestId }: ErrorView): Html {
  return html`<section class="empty-state" role="alert">
${isPart ? html`<p class="empty-title">${heading}</p>` : html`<h1>${heading}</h1>`}
<p>${message}</p>
${next && html`<p><a href="${next.href}">${next.label}</a></p>`}
${requestId && html`<p><small>Request ${requestId}</small></p>`}
</section>`;
}
