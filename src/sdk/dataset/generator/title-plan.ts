import { Draws } from './random';

/** How many of each thousand titles are of which type, as in IMDb's own files. */
const shares = [
  ['tvEpisode', 740],
  ['short', 95],
  ['movie', 65],
  ['video', 30],
  ['tvSeries', 27],
  ['tvMovie', 15],
  ['tvMiniSeries', 10],
  ['tvSpecial', 8],
  ['videoGame', 6],
  ['tvShort', 3],
  ['tvPilot', 1],
] as const;

export type TypeName = (typeof shares)[number][0];

/** A prime to a thousand: the types of neighbours differ, and those of the first few are not all the same. */
const step = 387;
const typeOfPlace: readonly TypeName[] = shares.flatMap(([name, count]) => Array<TypeName>(count).fill(name));
const seriesPlaces = Array.from({ length: 1000 }, (_, place) => place).filter((place) =>
  ['tvSeries', 'tvMiniSeries'].includes(typeAt(place)),
);

function typeAt(number: number): TypeName {
  return typeOfPlace[((number + 1) * step) % 1000] as TypeName;
}

/** Share of the titles of a type that have votes. */
const voted: Readonly<Record<TypeName, number>> = {
  tvEpisode: 0.08,
  short: 0.15,
  movie: 0.45,
  video: 0.18,
  tvSeries: 0.36,
  tvMovie: 0.35,
  tvMiniSeries: 0.35,
  tvSpecial: 0.2,
  videoGame: 0.35,
  tvShort: 0.15,
  tvPilot: 0.1,
};

/** What everything about a data set follows from. */
export class TitlePlan {
  readonly titles: number;
  readonly people: number;
  readonly #votes: Draws;
  readonly #series: Draws;

  constructor(titles: number, seed: number) {
    this.titles = titles;
    // IMDb has 14 million people beside 11 million titles.
    this.people = Math.max(10, Math.round(titles * 1.27));
    this.#votes = new Draws(seed, 1);
    this.#series = new Draws(seed, 2);
  }

  typeOf(title: number): TypeName {
    return typeAt(title);
  }

  /** Returns the number of votes; undefined for a title without any. A few have millions, most have a handful. */
  votesOf(title: number): number | undefined {
    const draws = this.#votes.of(title);
    if (!draws.chance(voted[typeAt(title)])) return undefined;
    return Math.min(3_000_000, Math.floor(5 / (1 - draws.next())));
  }

  /** Returns the series of an episode, and its number there; undefined where there is no series before the last title. */
  seriesOf(title: number): { series: number; season: number; episode: number } | undefined {
    if (typeAt(title) !== 'tvEpisode') return undefined;
    const draws = this.#series.of(title);
    // Long-running series have thousands of episodes, most have a few.
    const count = Math.floor(this.titles / 1000) * seriesPlaces.length;
    const series = count === 0 ? this.#firstSeries() : this.#seriesAt(draws.skewed(count, 1.7));
    if (series === undefined) return undefined;
    return { series, season: 1 + draws.skewed(30, 4), episode: 1 + draws.skewed(60, 2) };
  }

  #seriesAt(index: number): number {
    const place = index % seriesPlaces.length;
    return ((index - place) / seriesPlaces.length) * 1000 + (seriesPlaces[place] as number);
  }

  #firstSeries(): number | undefined {
    const [first] = seriesPlaces;
    return first !== undefined && first < this.titles ? first : undefined;
  }
}
