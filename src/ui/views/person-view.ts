import type { Credit, Person } from '../data/find-person';
import type { Page } from '../data/list-order';
import { type Html, html } from '../html';
import type { Hub } from '../hub-context';
import { yearsOf } from './movies-view';
import { pagerView } from './pager-view';

/** What the page of a person shows. */
export interface PersonView {
  hub: Hub;
  person: Person;
  credits: Page<Credit>;
}

/** Renders the main part of the page of one person. */
export function personView({ hub, person, credits }: PersonView): Html {
  const facts = [lifeOf(person), person.professions.map(inWords).join(', ')].filter((fact) => fact !== '');
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

/** Writes one of IMDb's categories or professions as words: `archive_footage` is "archive footage". */
export function inWords(category: string): string {
  return category.replaceAll('_', ' ');
}

function row(hub: Hub, credit: Credit): Html {
  return html`<tr>
<th scope="row"><a href="${hub.url(`/movies/${credit.title_id}`)}">${credit.primary_title}</a> <span class="narrow">${credit.type_label}</span></th>
<td>${yearsOf(credit)}</td>
<td>${partsOf(credit).join('; ')}</td>
<td class="wide">${credit.type_label}</td>
</tr>
`;
}

/** Says what a person did in a title: whom he played, and what else, each once. */
function partsOf({ parts, roles }: Credit): string[] {
  const played = parts.flatMap(({ characters }) => (characters.length > 0 ? [characters.join(', ')] : []));
  const done = parts
    .filter(({ characters }) => characters.length === 0)
    .map(({ category }) => inWords(category));
  return [...new Set([...played, ...done, ...roles])];
}

function lifeOf({ birth_year: born, death_year: died }: Person): string {
  if (born !== null) return died === null ? `Born ${born}` : `${born}–${died}`;
  return died === null ? '' : `Died ${died}`;
}
