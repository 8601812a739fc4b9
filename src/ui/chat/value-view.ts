import type { JsonObject } from 'movie-hub';
import { type Html, html } from '../html';

type JsonValue = JsonObject[string];

/** Maximum number of rows of a table on the page. */
const maxRows = 50;

/**
 * Renders an object of any shape: simple values as a list, objects and arrays of objects as tables.
 *
 * @param titleUrl Returns the URL of a title; rows with a `title_id` link to it.
 */
export function objectView(object: JsonObject, titleUrl: (titleId: number) => string): Html {
  const fields: [string, string][] = [];
  const tables: Html[] = [];
  for (const [name, value] of Object.entries(object)) {
    const rows = rowsOf(value);
    if (rows !== undefined) tables.push(tableView(label(name), rows, titleUrl));
    else fields.push([label(name), shortText(value)]);
  }
  const list = html`<dl class="fields">${fields.map(([name, text]) => html`<div><dt>${name}</dt><dd>${text}</dd></div>`)}</dl>`;
  return html`${fields.length > 0 && list}${tables}`;
}

/** Counts the rows of a result: of its first array of objects, or else one, or none with `found: false`. */
export function countRows(result: JsonObject): number {
  const list = Object.values(result).find((value) => Array.isArray(value) && value.every(isObject));
  if (Array.isArray(list)) return list.length;
  return result.found === false ? 0 : 1;
}

function rowsOf(value: JsonValue): JsonObject[] | undefined {
  const values = Array.isArray(value) ? value : [value];
  return values.length > 0 && values.every(isObject) ? values : undefined;
}

function isObject(value: JsonValue): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function tableView(
  caption: string,
  rows: readonly JsonObject[],
  titleUrl: (titleId: number) => string,
): Html {
  const shown = rows.slice(0, maxRows);
  const areLinked = shown.every((row) => linkedTitle(row) !== undefined);
  const names = shown.flatMap((row) => Object.keys(row)).filter((name) => !areLinked || name !== 'title_id');
  const columns = [...new Set(areLinked ? ['title', ...names] : names)];
  const cell = (row: JsonObject, name: string) => {
    const text = shortText(row[name] ?? null);
    const titleId = name === 'title' && areLinked ? linkedTitle(row) : undefined;
    return html`<td>${titleId === undefined ? text : html`<a href="${titleUrl(titleId)}">${text}</a>`}</td>`;
  };
  return html`<div class="table-scroll" tabindex="0" role="group" aria-label="${caption}"><table>
<caption>${caption}</caption>
<thead><tr>${columns.map((name) => html`<th scope="col">${label(name)}</th>`)}</tr></thead>
<tbody>
${shown.map((row) => html`<tr>${columns.map((name) => cell(row, name))}</tr>\n`)}</tbody>
</table></div>
${rows.length > shown.length && html`<p class="more">and ${rows.length - shown.length} more</p>`}`;
}

function linkedTitle(row: JsonObject): number | undefined {
  const { title_id: titleId, title } = row;
  return Number.isSafeInteger(titleId) && typeof title === 'string' ? Number(titleId) : undefined;
}

function label(name: string): string {
  return name.replaceAll('_', ' ');
}

function shortText(value: JsonValue): string {
  if (value === null) return '';
  if (Array.isArray(value) && value.every((item) => !Array.isArray(item) && !isObject(item))) {
    return value.map(shortText).join(', ');
  }
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
