import type { OtherTitle } from '../data/find-title';
import { type Html, html } from '../html';
import { countOf } from './movies-view';

/** As many other titles are shown at once; the rest is folded up. */
const mostUnfolded = 12;

/** Renders the first `most` other titles of a title, with where they are used, and says so when there are more. */
export function otherTitlesView(titles: readonly OtherTitle[], most: number): Html {
  const shown = titles.slice(0, most);
  const rest = shown.slice(mostUnfolded);
  return html`<h2>Also known as</h2>
${list(shown.slice(0, mostUnfolded))}
${
  rest.length > 0 &&
  html`<details><summary>${countOf(rest.length)} more</summary>
${list(rest)}
</details>`
}
${titles.length > most && html`<p class="cut-note">These are the first ${countOf(most)} titles.</p>`}`;
}

function list(titles: readonly OtherTitle[]): Html {
  const item = ({ title, places }: OtherTitle) => {
    const where = [...new Set(places.map(placeOf))].join(', ');
    return html`<li>${title}${where !== '' && html` <span class="hint">${where}</span>`}</li>\n`;
  };
  return html`<ul class="other-titles">${titles.map(item)}</ul>`;
}

function placeOf({ region, language }: OtherTitle['places'][number]): string {
  const names = [region !== null && regionName(region), language !== null && languageName(language)];
  return names.filter((name) => name !== false).join(', ');
}

/** IMDb has codes of its own beside ISO's; what has no name shows as it is. */
function regionName(code: string): string {
  return /^[A-Z]{2}$/.test(code) ? (regions.of(code) ?? code) : (imdbRegions[code] ?? code);
}

function languageName(code: string): string {
  return /^[a-z]{2,3}$/.test(code) ? (languages.of(code) ?? code) : code;
}

const regions = new Intl.DisplayNames('en', { type: 'region' });
const languages = new Intl.DisplayNames('en', { type: 'language' });
const imdbRegions: Readonly<Record<string, string>> = {
  XWW: 'Worldwide',
  XEU: 'Europe',
  XAS: 'Asia',
  XNA: 'North America',
  XYU: 'Yugoslavia',
  SUHH: 'Soviet Union',
  XWG: 'West Germany',
  DDDE: 'East Germany',
  CSHH: 'Czechoslovakia',
  YUCS: 'Yugoslavia',
};
