import type { OtherTitle } from '../data/find-title';
import { type Html, html } from '../html';
import { formatCount } from './movies-view';

/** Alternative titles that are visible at once; the rest is collapsed. */
const maxVisible = 12;

/** Renders up to `limit` alternative titles with their regions and languages, with a note when there are more. */
export function otherTitlesView(titles: readonly OtherTitle[], limit: number): Html {
  const shown = titles.slice(0, limit);
  const rest = shown.slice(maxVisible);
  return html`<h2>Also known as</h2>
${list(shown.slice(0, maxVisible))}
${
  rest.length > 0 &&
  html`<details><summary>${formatCount(rest.length)} more</summary>
${list(rest)}
</details>`
}
${titles.length > limit && html`<p class="cut-note">Only the first ${formatCount(limit)} titles are listed.</p>`}`;
}

function list(titles: readonly OtherTitle[]): Html {
  const item = ({ title, uses }: OtherTitle) => {
    const where = [...new Set(uses.map(describeUse))].join(', ');
    return html`<li>${title}${where !== '' && html` <span class="hint">${where}</span>`}</li>\n`;
  };
  return html`<ul class="other-titles">${titles.map(item)}</ul>`;
}

function describeUse({ region, language }: OtherTitle['uses'][number]): string {
  const names = [region !== null && regionName(region), language !== null && languageName(language)];
  return names.filter((name) => name !== false).join(', ');
}

/** IMDb uses its own codes as well as ISO's. A code without a name is shown unchanged. */
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
