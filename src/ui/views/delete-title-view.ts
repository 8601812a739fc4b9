import type { TitleParts, TitleValues } from '../data/edit-titles';
import { type Html, html } from '../html';
import { csrfField } from './layout';
import { formatCount } from './movies-view';
import type { AdminPage } from './notice-view';

/** Renders the confirmation page, which lists what is deleted together with a title. */
export function deleteTitleView(
  { hub, csrfToken, notice }: AdminPage,
  { id, title, parts }: { id: number; title: TitleValues; parts: TitleParts },
): Html {
  const path = hub.url(`/admin/titles/${id}`);
  const deleted = deletedParts(parts);
  return html`<h1>Delete “${title.title}”?</h1>
${notice}
${deleted.length === 0 ? html`<p>Nothing else is deleted with it.</p>` : html`<p>This also deletes:</p>\n<ul>${deleted.map((part) => html`<li>${part}</li>\n`)}</ul>`}
${parts.episodes > 0 && html`<p>${parts.episodes === 1 ? 'Its episode' : `Its ${formatCount(parts.episodes)} episodes`} will remain, without a series.</p>`}
<p>People are not deleted, but those who appear in no other title become invisible to readers. You cannot undo this. The audit trail keeps the title’s values.</p>
<form class="buttons" method="post" action="${path}/delete">
${csrfField(csrfToken)}
<button type="submit" class="danger">Delete</button>
<a href="${path}" class="button outline">Cancel</a>
</form>`;
}

function deletedParts(parts: TitleParts): string[] {
  return [
    parts.cast_rows > 0 && formatItems(parts.cast_rows, 'cast entry', 'cast entries'),
    parts.crew_rows > 0 && formatItems(parts.crew_rows, 'director or writer', 'directors and writers'),
    parts.votes !== null && `its rating from ${formatItems(parts.votes, 'vote', 'votes')}`,
    parts.other_titles > 0 && formatItems(parts.other_titles, 'alternative title', 'alternative titles'),
    parts.genres > 0 && formatItems(parts.genres, 'genre', 'genres'),
    parts.series_links > 0 && 'its link to a series',
  ].filter((part) => part !== false);
}

function formatItems(count: number, one: string, many: string): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}
