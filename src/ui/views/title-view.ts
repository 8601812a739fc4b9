import type { EpisodeLink, TitleDetail } from '../data/browse-titles';
import { type Html, html } from '../html';
import type { Hub } from '../hub-context';
import { countOf, yearsOf } from './movies-view';

/** Renders the main part of the page of one title. */
export function titleView({ hub, title }: { hub: Hub; title: TitleDetail }): Html {
  const original = title.original_title !== title.primary_title && title.original_title;
  const facts = [title.type_label, yearsOf(title), lengthOf(title.runtime_minutes), title.genres.join(', ')];
  return html`<article class="title">
<header>
<h1>${title.primary_title}</h1>
${original && html`<p class="original">Original title: ${original}</p>`}
<p class="facts">${facts.filter((fact) => fact !== '').join(' · ')}</p>
${ratingView(title)}
${title.series && seriesView(hub, title.series)}
</header>
${peopleView('Directed by', title.directors)}
${peopleView('Written by', title.writers)}
${castView(title)}
${title.episodes.length > 0 && episodesView(hub, title.episodes)}
${
  title.other_titles.length > 0 &&
  html`<h2>Also known as</h2>
<ul class="other-titles">${title.other_titles.map((other) => html`<li>${other}</li>\n`)}</ul>`
}
<p class="back"><a href="${hub.url('/movies')}">All movies</a></p>
</article>`;
}

function lengthOf(minutes: number | null): string {
  if (minutes === null) return '';
  const hours = Math.floor(minutes / 60);
  return hours === 0 ? `${minutes} min` : `${hours} h ${minutes % 60} min`;
}

function ratingView({ average_rating, num_votes }: TitleDetail): Html | false {
  if (average_rating === null || num_votes === null) return false;
  return html`<p class="rating"><strong>${average_rating}</strong> of 10, ${countOf(num_votes)} votes</p>`;
}

function seriesView(hub: Hub, series: EpisodeLink): Html {
  const place = placeOf(series);
  return html`<p>${place && `${place} of `}${!place && 'Part of '}<a href="${hub.url(`/movies/${series.title_id}`)}">${series.title}</a></p>`;
}

function peopleView(heading: string, names: readonly string[]): Html | false {
  return names.length > 0 && html`<p><span class="label">${heading}</span> ${names.join(', ')}</p>`;
}

function castView({ cast_list: cast }: TitleDetail): Html {
  if (cast.length === 0)
    return html`<h2>Cast</h2>
<p class="empty-note">No cast on record.</p>`;
  const row = (member: TitleDetail['cast_list'][number]) => html`<tr>
<th scope="row">${member.name}</th>
<td>${member.characters.length > 0 ? member.characters.join(', ') : remarks[member.category]}</td>
</tr>
`;
  return html`<h2>Cast</h2>
<table>
<thead><tr><th scope="col">Person</th><th scope="col">Character</th></tr></thead>
<tbody>
${cast.map(row)}</tbody>
</table>`;
}

/** What stands for a character where somebody plays none. */
const remarks: Readonly<Record<string, string>> = { self: 'Self', archive_footage: 'Archive footage' };

function episodesView(hub: Hub, episodes: readonly EpisodeLink[]): Html {
  const row = (episode: EpisodeLink) => html`<tr>
<td>${placeOf(episode)}</td>
<th scope="row"><a href="${hub.url(`/movies/${episode.title_id}`)}">${episode.title}</a></th>
</tr>
`;
  return html`<h2>Episodes</h2>
<table>
<thead><tr><th scope="col">Episode</th><th scope="col">Title</th></tr></thead>
<tbody>
${episodes.map(row)}</tbody>
</table>`;
}

function placeOf({ season, episode }: EpisodeLink): string {
  if (season === null) return episode === null ? '' : `Episode ${episode}`;
  return episode === null ? `Season ${season}` : `Season ${season}, episode ${episode}`;
}
