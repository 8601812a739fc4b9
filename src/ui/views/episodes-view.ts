import type { EpisodeLink } from '../data/find-title';
import { type Html, html } from '../html';
import type { Hub } from '../hub-context';
import { formatCount } from './movies-view';

/** Renders the series of an episode. */
export function seriesView(hub: Hub, series: EpisodeLink): Html {
  const label = episodeLabel(series);
  return html`<p>${label === '' ? 'Part of ' : `${label} of `}<a href="${hub.url(`/movies/${series.title_id}`)}">${series.title}</a></p>`;
}

/** Renders up to `limit` episodes of a series, with a note when there are more. */
export function episodesView(hub: Hub, episodes: readonly EpisodeLink[], limit: number): Html {
  const row = (episode: EpisodeLink) => html`<tr>
<td>${episodeLabel(episode)}</td>
<th scope="row"><a href="${hub.url(`/movies/${episode.title_id}`)}">${episode.title}</a></th>
</tr>
`;
  return html`<h2>Episodes</h2>
<table>
<thead><tr><th scope="col">Episode</th><th scope="col">Title</th></tr></thead>
<tbody>
${episodes.slice(0, limit).map(row)}</tbody>
</table>
${episodes.length > limit && html`<p class="cut-note">Only the first ${formatCount(limit)} episodes are listed.</p>`}`;
}

function episodeLabel({ season, episode }: EpisodeLink): string {
  if (season === null) return episode === null ? '' : `Episode ${episode}`;
  return episode === null ? `Season ${season}` : `Season ${season}, episode ${episode}`;
}
