import { Draws } from './random';
import type { TitlePlan, TypeName } from './title-plan';
import { wordOf } from './words';

/** IMDb's word for nothing. */
export const nothing = '\\N';

const genres =
  'Drama Comedy Documentary Short Romance Action Crime Thriller Talk-Show Family News Animation Reality-TV Music Adventure Horror Fantasy Mystery Game-Show Sci-Fi History Sport Biography Musical War Western Adult Film-Noir'.split(
    ' ',
  );
/** Every title of the kind that came from a template has this name: it is repeated thousands of times. */
const pilot = 'Pilot';

/** Makes the lines of the files that are about titles themselves. */
export class TitleLines {
  readonly #plan: TitlePlan;
  readonly #basics: Draws;
  readonly #akas: Draws;
  readonly #ratings: Draws;

  constructor(plan: TitlePlan, seed: number) {
    this.#plan = plan;
    this.#basics = new Draws(seed, 11);
    this.#akas = new Draws(seed, 12);
    this.#ratings = new Draws(seed, 13);
  }

  basics(title: number): string {
    const draws = this.#basics.of(title);
    const type = this.#plan.typeOf(title);
    const primary = this.#titleText(title, type, draws);
    const original = draws.chance(0.12) ? phrase(draws) : primary;
    const year = draws.chance(0.09) ? undefined : 2025 - draws.skewed(130, 2.6);
    const isSeries = type === 'tvSeries' || type === 'tvMiniSeries';
    const end = isSeries && year !== undefined && draws.chance(0.5) ? year + draws.skewed(20, 2) : undefined;
    const minutes = draws.chance(0.6) ? 1 + draws.below(type === 'movie' ? 180 : 60) : undefined;
    const adult = draws.chance(0.03) ? 1 : 0;
    const columns = [
      type,
      primary,
      original,
      adult,
      year ?? nothing,
      end ?? nothing,
      minutes ?? nothing,
      genresOf(draws),
    ];
    return `${tconst(title)}\t${columns.join('\t')}\n`;
  }

  /** Nothing for a title without other titles, and several lines for most that have some. */
  akas(title: number): string {
    const draws = this.#akas.of(title);
    const type = this.#plan.typeOf(title);
    const count = type === 'tvEpisode' ? draws.skewed(9, 1.2) : draws.skewed(12, 1.6);
    let lines = '';
    for (let ordering = 1; ordering <= count; ordering += 1) {
      const [region, language] = draws.pick(regions);
      // Most episodes are called "Episode #1.1" in every language.
      const isNumbered = type === 'tvEpisode' && draws.chance(0.8);
      const text = isNumbered
        ? `${draws.pick(episodeWords)} #${1 + draws.skewed(30, 4)}.${1 + draws.below(60)}`
        : phrase(draws);
      const isOriginal = ordering === 1 ? 1 : 0;
      const kind = isOriginal ? 'original' : draws.pick(kinds);
      const place = isOriginal ? `${nothing}\t${nothing}` : `${region}\t${language}`;
      lines += `${tconst(title)}\t${ordering}\t${text}\t${place}\t${kind}\t${nothing}\t${isOriginal}\n`;
    }
    return lines;
  }

  episode(title: number): string {
    const part = this.#plan.seriesOf(title);
    if (part === undefined) return '';
    return `${tconst(title)}\t${tconst(part.series)}\t${part.season}\t${part.episode}\n`;
  }

  ratings(title: number): string {
    const votes = this.#plan.votesOf(title);
    if (votes === undefined) return '';
    const draws = this.#ratings.of(title);
    const tenths = 10 + Math.round(((draws.next() + draws.next() + draws.next()) / 3) * 90);
    return `${tconst(title)}\t${(tenths / 10).toFixed(1)}\t${votes}\n`;
  }

  #titleText(title: number, type: TypeName, draws: Draws): string {
    if (type === 'tvPilot' || (type === 'tvEpisode' && draws.chance(0.01))) return pilot;
    if (type === 'tvEpisode' && draws.chance(0.4)) {
      const part = this.#plan.seriesOf(title);
      return `Episode #${part?.season ?? 1}.${part?.episode ?? 1}`;
    }
    return phrase(draws);
  }
}

/** Returns IMDb's number of a title. */
export function tconst(title: number): string {
  return `tt${String(title + 1).padStart(7, '0')}`;
}

/** Returns IMDb's number of a person. */
export function nconst(person: number): string {
  return `nm${String(person + 1).padStart(7, '0')}`;
}

function phrase(draws: Draws): string {
  const word = () => wordOf(draws);
  const kind = draws.next();
  if (kind < 0.04) return word();
  if (kind < 0.2) return `The ${word()}`;
  if (kind < 0.45) return `${word()} ${word()}`;
  if (kind < 0.6) return `The ${word()} of ${word()}`;
  if (kind < 0.7) return `${word()} and ${word()}`;
  if (kind < 0.78) return `${word()}: ${word()} ${word()}`;
  if (kind < 0.84) return `A ${word()} in ${word()}`;
  if (kind < 0.88) return `${word()} ${draws.pick(['II', 'III', '2', '3', 'Returns'])}`;
  if (kind < 0.9) return `"${word()}" ${word()}`;
  if (kind < 0.905) return `${word()}\\${word()}`;
  return `${word()} ${word()} ${word()} ${word()}`;
}

function genresOf(draws: Draws): string {
  if (draws.chance(0.05)) return nothing;
  const found = new Set<string>();
  for (let count = 1 + draws.below(3); count > 0; count -= 1) found.add(draws.pickSkewed(genres));
  return [...found].join(',');
}

const regions = [
  ['US', nothing],
  ['DE', 'de'],
  ['FR', 'fr'],
  ['JP', 'ja'],
  ['IN', 'hi'],
  ['ES', 'es'],
  ['IT', 'it'],
  ['PT', 'pt'],
  ['GB', nothing],
  ['XWW', 'en'],
] as const;
const kinds = ['imdbDisplay', nothing, 'alternative', 'working', 'tv', 'dvd', 'festival', 'video'];
const episodeWords = ['Episode', 'Folge', 'Épisode', 'Episodio', 'Episódio'];
