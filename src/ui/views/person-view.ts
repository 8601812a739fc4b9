import type { Credit, Person } from '../data/find-person';
import type { Page } from '../data/list-order';
import { type Html, html } from '../html';
import type { Hub } from '../hub-context';
import { formatYears } from './movies-view';
import { pagerView } from './pager-view';

/** The page of a person. */
export interface PersonView {
  hub: Hub;
  person: Person;
  credits: Page<Credit>;
}

/** Renders the main part of the page of one person. */
export function personView({ hub, person, credits }: PersonView): Html {
  const facts = [formatLife(person), person.professions.map(formatCategory).join(', ')].filter(
    (fact) => fact !== '',
  );
  const path = hub.url(`/people/${person.name_id}`);
  return html`<article class="title person">
<header>
<h1>${person.primary_name}</h1>
${facts.length > 0 && html`<p class="facts">${facts.join(' · ')}</p>`}
</header>
<h2>Titles</h2>
<table>
<thead><tr><th scope="col">Title</th><th scope="col">Year</th><th scope="col">Part</th><th scope="col" class="wide">Type</th></tr></thead>
<tbody>
${credits.rows.map((credit) => row(hub, credit))}</tbody>
</table>
${pagerView(credits, (start) => path + ((start.after ?? start.before) ? `?${new URLSearchParams(start)}` : ''))}
<p class="back"><a href="${hub.url('/movies')}">All movies</a></p>
</article>`;
}

/** Formats an IMDb category or profession: `archive_footage` becomes "archive footage". */
export function formatCategory(category: string): string {
  return category.replaceAll('_', ' ');
}

function row(hub: Hub, credit: Credit): Html {
  return html`<tr>
<th scope="row"><a href="${hub.url(`/movies/${credit.title_id}`)}">${credit.primary_title}</a> <span class="narrow">${credit.type_label}</span></th>
<td>${formatYears(credit)}</td>
<td>${describeParts(credit).join('; ')}</td>
<td class="wide">${credit.type_label}</td>
</tr>
`;
}

/** Lists what a person did in a title: characters, then other work, without duplicates. */
function describeParts({ parts, roles }: Credit): string[] {
  const played = parts.flatMap(({ characters }) => (characters.length > 0 ? [characters.join(', ')] : []));
  const done = parts
    .filter(({ characters }) => characters.length === 0)
    .map(({ category }) => formatCategory(category));
  return [...new Set([...played, ...done, ...roles])];
}

function formatLife({ birth_year: born, death_year: died }: Person): string {
  if (born !== null) return died === null ? `Born ${born}` : `${born}–${died}`;
  return died === null ? '' : `Died ${died}`;
}
