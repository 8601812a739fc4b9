const markup: unique symbol = Symbol('movie-hub.html');

/** Safe markup, made by {@link html}; never a plain string. */
export interface Html {
  readonly [markup]: string;
}

/** Values of a template: text is escaped; null, undefined and false render nothing. */
export type HtmlValue = Html | string | number | null | undefined | false | readonly HtmlValue[];

/** Builds markup. Every interpolated text is escaped, for content and for quoted attributes. */
export function html(strings: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  let text = strings[0] ?? '';
  for (const [i, value] of values.entries()) text += render(value) + (strings[i + 1] ?? '');
  return { [markup]: text };
}

/** Marks text as markup without escaping it. Only for the output of a markdown renderer with HTML turned off. */
export function unsafeHtml(text: string): Html {
  return { [markup]: text };
}

/** Returns markup as text, for a response. */
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
