const markup: unique symbol = Symbol('movie-hub.html');

/** Markup that is safe to send: made by {@link html}, never a plain string. */
export interface Html {
  readonly [markup]: string;
}

/** What may stand in a template: text and numbers are escaped, nothing-values render nothing. */
export type HtmlValue = Html | string | number | null | undefined | false | readonly HtmlValue[];

/** Builds markup; every interpolated text is escaped, in content and in quoted attributes. */
export function html(strings: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  let text = strings[0] ?? '';
  for (const [i, value] of values.entries()) text += render(value) + (strings[i + 1] ?? '');
  return { [markup]: text };
}

/** Takes text for markup as it is. Only for what a markdown renderer made with HTML turned off. */
export function unsafeHtml(text: string): Html {
  return { [markup]: text };
}

/** Returns the text of markup, for a response. */
export function renderHtml(value: Html): string {
  return value[markup];
}

/** Escapes text for content and for quoted attributes. */
function escapeHtml(text: string): string {
  return text.replace(/[&<>"'`]/g, (character) => entities[character] ?? '');
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  '`': '&#96;',
};

function render(value: HtmlValue): string {
  if (value === null || value === undefined || value === false) return '';
  if (typeof value === 'string') return escapeHtml(value);
  if (typeof value === 'number') return String(value);
  if (isHtml(value)) return value[markup];
  if (Array.isArray(value)) return value.map(render).join('');
  throw new TypeError('A template takes text, numbers, markup and lists of them.');
}

function isHtml(value: object): value is Html {
  return markup in value;
}
