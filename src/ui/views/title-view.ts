import { type CastMember, maxListItems, type PersonLink, type TitleDetail } from '../data/find-title';
import { genres, writeFilters } from '../data/title-filters';
import { type Html, html } from '../html';
import type { Hub } from '../hub-context';
import { episodesView, seriesView } from './episodes-view';
import { formatCount, formatYears } from './movies-view';
import { otherTitlesView } from './other-titles-view';
import { formatCategory } from './person-view';

/** Renders the main part of the page of one title. */
export function titleView({ hub, title }: { hub: Hub; title: TitleDetail }): Html {
  const original = title.original_title !== title.primary_title && title.original_title;
  const facts = [title.type_label, formatYears(title), formatRuntime(title.runtime_minutes)].filter(
    (fact) => fact !== '',
  );
  return html`<article class="title">
<header>
<h1>${title.primary_title}</h1>
${original && html`<p class="original">Original title: ${original}</p>`}
<p class="facts">${facts.join(' · ')}${title.genres.length > 0 && html` · ${genreLinks(hub, title.genres)}`}</p>
${ratingView(title)}
${title.series && seriesView(hub, title.series)}
</header>
${peopleView(hub, 'Directed by', title.directors)}
${peopleView(hub, 'Written by', title.writers)}
${castView(hub, title)}
${title.episodes.length > 0 && episodesView(hub, title.episodes, maxListItems)}
${title.other_titles.length > 0 && otherTitlesView(title.other_titles, maxListItems)}
<p class="back"><a href="${hub.url('/movies')}">All movies</a></p>
</article>`;
}

/** Joins markup with commas. */
function joinWithCommas(items: readonly Html[]): Html {
  return html`${items.map((item, i) => html`${i > 0 && ', '}${item}`)}`;
}

function genreLinks(hub: Hub, given: readonly string[]): Html {
  const link = (genre: string) =>
    genres.includes(genre)
      ? html`<a href="${hub.url('/movies')}${writeFilters({ words: '', genre, sort: 'votes' })}">${genre}</a>`
      : html`${genre}`;
  return joinWithCommas(given.map(link));
}

function formatRuntime(minutes: number | null): string {
  if (minutes === null) return '';
  const hours = Math.floor(minutes / 60);
  return hours === 0 ? `${minutes} min` : `${hours} h ${minutes % 60} min`;
}

function ratingView({ average_rating, num_votes }: TitleDetail): Html | false {
  if (average_rating === null || num_votes === null) return false;
  return html`<p class="rating"><strong>${average_rating}</strong> out of 10 (${formatCount(num_votes)} ${num_votes === 1 ? 'vote' : 'votes'})</p>`;
}

function personLink(hub: Hub, { name_id, name }: PersonLink): Html {
  return html`<a href="${hub.url(`/people/${name_id}`)}">${name}</a>`;
}

function peopleView(hub: Hub, heading: string, people: readonly PersonLink[]): Html | false {
  return (
    people.length > 0 &&
    html`<p><span class="label">${heading}</span> ${joinWithCommas(people.map((person) => personLink(hub, person)))}</p>`
  );
}

function castView(hub: Hub, { cast_list: cast }: TitleDetail): Html {
  if (cast.length === 0)
    return html`<h2>Cast</h2>
<p class="empty-note">No cast recorded.</p>`;
  const row = (member: CastMember) => html`<tr>
<th scope="row">${personLink(hub, member)}</th>
<td>${member.characters.length > 0 ? member.characters.join(', ') : describeRole(member)}</td>
</tr>
`;
  return html`<h2>Cast</h2>
<table>
<thead><tr><th scope="col">Person</th><th scope="col">Character</th></tr></thead>
<tbody>
${cast.map(row)}</tbody>
</table>`;
}

/** Text in place of a character. */
function describeRole({ category }: CastMember): string {
  if (category === 'actor' || category === 'actress') return '';
  const words = formatCategory(category);
  return words.charAt(0).toUpperCase() + words.slice(1);
}
