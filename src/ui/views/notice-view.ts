import { type Html, html } from '../html';
import type { Hub } from '../hub-context';

/** What the main part of an admin page is made from. */
export interface DeskPage {
  readonly hub: Hub;
  readonly csrfToken: string;
  /** What was just done, or that nothing was. */
  readonly notice: Html | false;
}

/** Renders what was just done, or that a form was refused, and why. */
export function noticeView(flash: string | undefined, refused: boolean | string): Html | false {
  if (flash !== undefined) return html`<p class="notice success" role="status">${flash}</p>`;
  if (refused === false) return false;
  const text =
    refused === true ? 'Nothing was saved: mend what is marked below, and send it again.' : refused;
  return html`<p class="notice error" role="alert">${text}</p>`;
}
