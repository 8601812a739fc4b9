import { type Html, html, renderHtml } from '../html';

/** Wraps markup for htmx, which swaps it into the element with the id `target`. */
export function partial(
  target: string,
  swap: 'beforeend' | 'innerHTML' | 'innerMorph' | 'outerHTML',
  content: Html | string,
): Html {
  return html`<hx-partial hx-target="#${target}" hx-swap="${swap}">${content}</hx-partial>`;
}

/** Formats a message that htmx swaps in. */
export function swapMessage(content: Html | readonly Html[]): string {
  return eventText(renderHtml(html`${content}`));
}

/** Formats a message that htmx dispatches as a DOM event with `data` as its detail. */
export function namedMessage(name: string, data: string): string {
  return `event: ${name}\n${eventText(data)}`;
}

/** Each line of the data needs its own field: a line break of any kind would end it. */
function eventText(data: string): string {
  return `${data
    .split(/\r\n|\r|\n/)
    .map((line) => `data: ${line}\n`)
    .join('')}\n`;
}
