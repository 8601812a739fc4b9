import { type Html, html } from '../html';
import type { Hub } from '../hub-context';

/** Input for the main part of an admin page. */
export interface AdminPage {
  readonly hub: Hub;
  readonly csrfToken: string;
  /** The result of the last form. */
  readonly notice: Html | false;
}

/** Renders the result of the last form: a message, or that it was refused. */
export function noticeView(flash: string | undefined, refused: boolean | string): Html | false {
  if (flash !== undefined) return html`<p class="notice success" role="status">${flash}</p>`;
  if (refused === false) return false;
  const text = refused === true ? 'Not saved. Fix the highlighted fields and try again.' : refused;
  return html`<p class="notice error" role="alert">${text}</p>`;
}
