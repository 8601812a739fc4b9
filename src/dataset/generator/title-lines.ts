import { nothing, tconst } from './ids';
import { Draws } from './random';
import type { TitlePlan } from './title-plan';
import { numbered, phrase, titleText } from './title-text';
import { type TypeName, typeOf } from './title-types';

const lastYear = 2025;
/** Genres, the most common first; `Short` and `Adult` are those of all such titles, and of no others. */
const genres =
  'Drama Comedy Documentary Romance Action Crime Thriller Talk-Show Family News Animation Reality-TV Music Adventure Horror Fantasy Mystery Game-Show Sci-Fi History Sport Biography Musical War Western Film-Noir'.split(
    ' ',
  );

/** Makes the lines of the files that are about titles themselves. */
export class TitleLines {
  readonly #plan: TitlePlan;
  readonly #texts: Draws;
  readonly #originals: Draws;
  readonly #basics: Draws;
  readonly #akas: Draws;
  readonly #ratings: Draws;

  constructor(plan: TitlePlan, seed: number) {
    this.#plan = plan;
    this.#texts = new Draws(seed, 10);
    this.#originals = new Draws(seed, 14);
    this.#basics = new Draws(seed, 11);
    this.#akas = new Draws(seed, 12);
    this.#ratings = new Draws(seed, 13);
  }

  basics(title: number): string {
    const draws = this.#basics.of(title);
    const type = typeOf(title);
    const primary = this.#textOf(title, type);
    const original = this.#originalOf(title, type) ?? primary;
    const years = type.startsWith('tv') ? 79 : 130;
    const year = draws.chance(0.09) ? undefined : lastYear - draws.ranked(years, 8);
    const isSeries = type === 'tvSeries' || type === 'tvMiniSeries';
    const hasEnd = isSeries && year !== undefined && draws.chance(0.5);
    const end = hasEnd ? Math.min(lastYear, year + draws.skewed(20, 2)) : nothing;
    const minutes = draws.chance(0.6) ? 1 + draws.below(type === 'movie' ? 180 : 60) : nothing;
    const isAdult = draws.chance(0.03);
    return `${tconst(title)}\t${type}\t${primary}\t${original}\t${isAdult ? 1 : 0}\t${year ?? nothing}\t${end}\t${minutes}\t${genresOf(type, isAdult, draws)}\n`;
  }

  /** Nothing for a title without other titles, and several lines for most that have some. */
  akas(title: number): string {
    const draws = this.#akas.of(title);
    const type = typeOf(title);
    const count = type === 'tvEpisode' ? draws.below(10) : draws.skewed(14, 1.6);
    if (count === 0) return '';
    const id = tconst(title);
    const original = this.#originalOf(title, type) ?? this.#textOf(title, type);
    let lines = `${id}\t1\t${original}\t${nothing}\t${nothing}\toriginal\t${nothing}\t1\n`;
    const place = this.#plan.partOf(title)?.place;
    // Most episodes are called by their number, in every language.
    const isNumbered = place !== undefined && (original.startsWith('Episode #') || draws.chance(0.5));
    const first = draws.below(regions.length);
    for (let ordering = 2; ordering <= count; ordering += 1) {
      const [region, language, word] = regions[(first + ordering) % regions.length] as Region;
      const text = isNumbered ? numbered(word, place) : phrase(draws);
      const attribute = draws.chance(0.02) ? draws.pick(attributes) : nothing;
      lines += `${id}\t${ordering}\t${text}\t${region}\t${language}\t${draws.pickSkewed(kinds, 3)}\t${attribute}\t0\n`;
    }
    return lines;
  }

  episode(title: number): string {
    const part = this.#plan.partOf(title);
    if (part === undefined) return '';
    const { season, episode } = part.place ?? { season: nothing, episode: nothing };
    return `${tconst(title)}\t${tconst(part.series)}\t${season}\t${episode}\n`;
  }

  ratings(title: number): string {
    const votes = this.#plan.votesOf(title);
    if (votes === undefined) return '';
    const draws = this.#ratings.of(title);
    const tenths = 10 + Math.round(((draws.next() + draws.next() + draws.next()) / 3) * 90);
    return `${tconst(title)}\t${(tenths / 10).toFixed(1)}\t${votes}\n`;
  }

  #textOf(title: number, type: TypeName): string {
    return titleText(type, this.#plan.partOf(title), this.#texts.of(title));
  }

  /** Returns the title in another language that some were made in; episodes have none. */
  #originalOf(title: number, type: TypeName): string | undefined {
    if (type === 'tvEpisode') return undefined;
    const draws = this.#originals.of(title);
    return draws.chance(0.12) ? phrase(draws) : undefined;
  }
}

function genresOf(type: TypeName, isAdult: boolean, draws: Draws): string {
  const found = new Set<string>();
  if (type === 'short' || type === 'tvShort') found.add('Short');
  if (isAdult) found.add('Adult');
  if (!draws.chance(0.05))
    for (let count = 1 + draws.below(3); count > 0; count -= 1) found.add(draws.pickSkewed(genres));
  return found.size === 0 ? nothing : [...found].join(',');
}

type Region = readonly [region: string, language: string, episode: string];

const regions: readonly Region[] = [
  ['US', nothing, 'Episode'],
  ['DE', 'de', 'Folge'],
  ['FR', 'fr', 'Épisode'],
  ['JP', 'ja', 'エピソード'],
  ['IN', 'hi', 'एपिसोड'],
  ['ES', 'es', 'Episodio'],
  ['IT', 'it', 'Episodio'],
  ['PT', 'pt', 'Episódio'],
  ['GB', nothing, 'Episode'],
  ['XWW', 'en', 'Episode'],
];
/** The control character joins several in IMDb's files. */
const kinds = ['imdbDisplay', nothing, 'alternative', 'working', 'tv', 'dvd\u0002video', 'festival', 'video'];
const attributes = ['literal title', 'short title', 'new title', 'complete title\u0002DVD box title'];
