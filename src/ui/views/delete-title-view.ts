import type { TitleParts, TitleValues } from '../data/edit-titles';
import { type Html, html } from '../html';
import { csrfField } from './layout';
import { countOf } from './movies-view';
import type { DeskPage } from './notice-view';

/** Renders the page that says what goes with a title, before it is deleted. */
export function deleteTitleView(
  { hub, csrfToken, notice }: DeskPage,
  { id, title, parts }: { id: number; title: TitleValues; parts: TitleParts },
): Html {
  const path = hub.url(`/admin/titles/${id}`);
  const gone = lost(parts);
  return html`<h1>Delete “${title.title}”?</h1>
${notice}
${gone.length === 0 ? html`<p>Nothing else hangs on it.</p>` : html`<p>With it go:</p>\n<ul>${gone.map((part) => html`<li>${part}</li>\n`)}</ul>`}
${parts.episodes > 0 && html`<p>${counted(parts.episodes, 'episode', 'episodes')} of it will stay, as ${parts.episodes === 1 ? 'a title' : 'titles'} without a series.</p>`}
<p>People stay; readers see those no more who are in no other title of theirs. This cannot be undone; the audit keeps the title’s values.</p>
<form class="buttons" method="post" action="${path}/delete">
${csrfField(csrfToken)}
<button type="submit" class="danger">Delete it</button>
<a href="${path}" class="button outline">Keep it</a>
</form>`;
}

function lost(parts: TitleParts): string[] {
  return [
    parts.cast_rows > 0 && counted(parts.cast_rows, 'row of its cast', 'rows of its cast'),
    parts.crew_rows > 0 && counted(parts.crew_rows, 'director or writer', 'directors and writers'),
    parts.votes !== null && `its rating, of ${counted(parts.votes, 'vote', 'votes')}`,
    parts.other_titles > 0 && counted(parts.other_titles, 'other title', 'other titles'),
    parts.genres > 0 && counted(parts.genres, 'genre', 'genres'),
    parts.place_in_series > 0 && 'its place in a series',
  ].filter((part) => part !== false);
}

function counted(count: number, one: string, many: string): string {
  return `${countOf(count)} ${count === 1 ? one : many}`;
}
