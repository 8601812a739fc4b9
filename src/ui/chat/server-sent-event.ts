import { type Html, html, renderHtml } from '../html';

/** Wraps markup for a message of a stream: htmx puts it where `target` (an element's id) and `swap` say. */
export function partial(
  target: string,
  swap: 'beforeend' | 'innerHTML' | 'innerMorph' | 'outerHTML',
  content: Html | string,
): Html {
  return html`<hx-partial hx-target="#${target}" hx-swap="${swap}">${content}</hx-partial>`;
}

/** Writes one message that htmx swaps in. */
export function swapMessage(content: Html | readonly Html[]): string {
  return eventText(renderHtml(html`${content}`));
}

/** Writes one message that becomes a DOM event with `data` as its detail. */
export function namedMessage(name: string, data: string): string {
  return `event: ${name}\n${eventText(data)}`;
}

/** A line break of any kind in the data would otherwise end the field, and what follows be read as another. */
function eventText(data: string): string {
  return `${data
    .split(/\r\n|\r|\n/)
    .map((line) => `data: ${line}\n`)
    .join('')}\n`;
}
