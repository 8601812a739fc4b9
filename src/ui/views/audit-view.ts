import type { AuditFilter, AuditLine, AuditPage, ToolCallLine } from '../data/read-audit';
import { type Html, html } from '../html';
import type { Hub } from '../hub-context';
import { formatCount } from './movies-view';

/** One of the two lists, with a page of it. */
export type AuditList =
  | { tab: 'changes'; page: AuditPage<AuditLine> }
  | { tab: 'tools'; page: AuditPage<ToolCallLine> };

/** Renders the main part of the audit page. */
export function auditView(hub: Hub, filter: AuditFilter, list: AuditList): Html {
  const path = hub.url('/admin/audit');
  const isTools = list.tab === 'tools';
  const tab = (name: AuditList['tab'], label: string) =>
    html`<li><a href="${path}${name === 'tools' && '?tab=tools'}"${list.tab === name && html` aria-current="page"`}>${label}</a></li>`;
  return html`<h1>Audit trail</h1>
<nav class="tabs" aria-label="Lists"><ul>
${tab('changes', 'Changes')}
${tab('tools', 'Tool calls')}
</ul></nav>
<form class="filter" method="get" action="${path}">
${isTools && html`<input type="hidden" name="tab" value="tools">`}
${filterField('actor', isTools ? 'User' : 'Changed by', filter.actor)}
${filterField('action', isTools ? 'Tool' : 'Action', filter.action)}
${filterField('subject', isTools ? 'Server' : 'Object', filter.subject)}
<button type="submit" class="secondary">Filter</button>
</form>
${list.page.lines.length === 0 ? html`<p>No entries found.</p>` : table(list)}
${pager(path, filter, list)}`;
}

function filterField(name: keyof AuditFilter, label: string, value: string): Html {
  return html`<div class="field"><label for="audit-${name}">${label}</label>
<input id="audit-${name}" name="${name}" value="${value}" maxlength="200" autocomplete="off"></div>
`;
}

function table(list: AuditList): Html {
  return list.tab === 'tools'
    ? html`<table class="listing lines">
<thead><tr><th scope="col">Time (UTC)</th><th scope="col">User</th><th scope="col">Tool</th><th scope="col">Arguments</th><th scope="col" class="number">Rows</th><th scope="col" class="number">ms</th></tr></thead>
<tbody>
${list.page.lines.map(callRow)}</tbody>
</table>`
    : html`<table class="listing lines">
<thead><tr><th scope="col">Time (UTC)</th><th scope="col">Changed by</th><th scope="col">Action</th><th scope="col">Object</th><th scope="col">Values</th></tr></thead>
<tbody>
${list.page.lines.map(changeRow)}</tbody>
</table>`;
}

function changeRow(line: AuditLine): Html {
  return html`<tr>
<td class="when">${line.at_utc}</td>
<td>${line.actor}</td>
<td>${line.action}</td>
<td>${line.subject}</td>
<td class="values">${valuesView(line.detail)}</td>
</tr>
`;
}

function callRow(line: ToolCallLine): Html {
  return html`<tr>
<td class="when">${line.at_utc}</td>
<td>${line.username}</td>
<td>${line.tool} <span class="hint">${line.server}</span></td>
<td class="values">${valuesView(line.arguments)}</td>
<td class="number">${line.is_error ? html`<span class="tag error">failed</span>` : line.row_count !== null && formatCount(line.row_count)}</td>
<td class="number">${line.milliseconds === null ? html`<span class="tag">unfinished</span>` : formatCount(line.milliseconds)}</td>
</tr>
`;
}

/** Renders the values of a row; of a change with before and after only the differences. */
function valuesView(values: object): Html {
  const { before, after, ...rest } = values as Record<string, unknown>;
  const changed =
    isRecord(before) && isRecord(after)
      ? Object.keys(after)
          .filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]))
          .map((name) => [name, `${formatValue(before[name])} → ${formatValue(after[name])}`])
      : isRecord(before)
        ? Object.entries(before).map(([name, value]) => [name, formatValue(value)])
        : 'after' in values
          ? [['', `${formatValue(before)} → ${formatValue(after)}`]]
          : [];
  const others = Object.entries(rest).map(([name, value]) => [name, formatValue(value)]);
  return html`${[...changed, ...others].map(([name, text]) => html`<div>${name !== '' && html`<span class="hint">${name}</span> `}${text}</div>\n`)}`;
}

function formatValue(value: unknown): string {
  if (value === null || value === undefined || value === '') return '–';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function pager(path: string, filter: AuditFilter, { tab, page }: AuditList): Html {
  const link = (direction: 'newer' | 'older', id: string | undefined, label: string) => {
    const given = Object.entries({ ...filter, tab: tab === 'tools' ? tab : '', [direction]: id ?? '' });
    const query = new URLSearchParams(given.filter(([, value]) => value !== ''));
    return html`<a href="${path}?${query.toString()}" rel="${direction === 'newer' ? 'prev' : 'next'}">${label}</a>`;
  };
  const { lines, hasNewer, hasOlder } = page;
  return html`<nav class="pager" aria-label="Pages">
${hasNewer && lines.length > 0 && link('newer', lines[0]?.id, 'Newer')}
${hasOlder && lines.length > 0 && link('older', lines.at(-1)?.id, 'Older')}
</nav>`;
}
