import type { EpisodeLink } from '../data/find-title';
import { type Html, html } from '../html';
import type { Hub } from '../hub-context';
import { countOf } from './movies-view';

/** Renders which series an episode belongs to. */
export function seriesView(hub: Hub, series: EpisodeLink): Html {
  const place = placeOf(series);
  return html`<p>${place === '' ? 'Part of ' : `${place} of `}<a href="${hub.url(`/movies/${series.title_id}`)}">${series.title}</a></p>`;
}

/** Renders the first `most` episodes of a series, and says so when there are more. */
export function episodesView(hub: Hub, episodes: readonly EpisodeLink[], most: number): Html {
  const row = (episode: EpisodeLink) => html`<tr>
<td>${placeOf(episode)}</td>
<th scope="row"><a href="${hub.url(`/movies/${episode.title_id}`)}">${episode.title}</a></th>
</tr>
`;
  return html`<h2>Episodes</h2>
<table>
<thead><tr><th scope="col">Episode</th><th scope="col">Title</th></tr></thead>
<tbody>
${episodes.slice(0, most).map(row)}</tbody>
</table>
${episodes.length > most && html`<p class="cut-note">These are the first ${countOf(most)} episodes.</p>`}`;
}

function placeOf({ season, episode }: EpisodeLink): string {
  if (season === null) return episode === null ? '' : `Episode ${episode}`;
  return episode === null ? `Season ${season}` : `Season ${season}, episode ${episode}`;
}
