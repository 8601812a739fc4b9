import { Draws } from './draws';

/** Types as in IMDb's files: titles of each thousand, share of these with votes, and the logarithm of the median of votes. */
const types = [
  ['tvEpisode', 740, 0.085, 2.9],
  ['short', 95, 0.15, 3],
  ['movie', 65, 0.45, 4.3],
  ['video', 30, 0.18, 3.2],
  ['tvSeries', 27, 0.36, 4.3],
  ['tvMovie', 15, 0.35, 3.8],
  ['tvMiniSeries', 10, 0.35, 4.2],
  ['tvSpecial', 8, 0.2, 3.2],
  ['videoGame', 6, 0.35, 3.6],
  ['tvShort', 3, 0.15, 3],
  ['tvPilot', 1, 0.1, 3],
] as const;
type TypeRow = (typeof types)[number];
const thousand: readonly TypeRow[] = types.flatMap((row) => Array<TypeRow>(row[1]).fill(row));
const rowOf = (title: number) => thousand[((title + 1) * 387) % 1000] as TypeRow;

/** Returns the type of a title: each thousand titles have the same types in the same order, in which neighbours differ. */
export const typeOf = (title: number): TypeRow[0] => rowOf(title)[0];

/** Where an episode belongs: the title of its series, and its number there unless that is unknown. */
export interface EpisodePlace {
  readonly series: number;
  readonly number: { readonly season: number; readonly episode: number } | undefined;
}

/** How far votes spread: one in a thousand movies with votes has more than 100,000. */
const voteSpread = 2.4;
/** Skew of the lengths of series: the longest has 9,000 episodes at IMDb's size, half have 10 to 15. */
const lengthSkew = 1.9;
const seasonLengths = [6, 8, 10, 10, 12, 13, 20, 22, 24];
/** A series with more episodes gets longer seasons instead of more of them. */
const maxSeasons = 40;

/** The titles and people of a data set, with what several of its files depend on. */
export class Titles {
  readonly people: number;
  readonly #votes: Draws;
  readonly #places: Draws;
  readonly #episodes: number;
  readonly #series: number;
  readonly #stride: number;

  constructor(
    readonly count: number,
    seed: number,
  ) {
    // IMDb has 14 million people and 11 million titles.
    this.people = Math.max(10, Math.round(count * 1.27));
    this.#votes = new Draws(seed, 1);
    this.#places = new Draws(seed, 2);
    this.#episodes = episodes.countBefore(count);
    this.#series = series.countBefore(count);
    this.#stride = Math.floor(this.#episodes * 0.618_034) + 1;
    while (commonFactor(this.#stride, this.#episodes) !== 1) this.#stride += 1;
  }

  /** Returns the number of votes, undefined for a title without any: a few have millions, most have a handful. */
  votesOf(title: number): number | undefined {
    const draws = this.#votes.of(title);
    const [, , share, median] = rowOf(title);
    if (!draws.chance(share)) return undefined;
    return Math.min(3_200_000, Math.max(5, Math.floor(Math.exp(median + voteSpread * draws.normal()))));
  }

  /** Returns the place of an episode, which no other has; undefined for other titles, and in a data set too small for series. */
  placeOf(title: number): EpisodePlace | undefined {
    if (this.#series === 0 || typeOf(title) !== 'tvEpisode') return undefined;
    // The stride keeps episodes of a series far apart, as in IMDb's numbers.
    const number = (episodes.countBefore(title) * this.#stride) % this.#episodes;
    let index = Math.min(
      this.#series - 1,
      Math.floor(this.#series * (number / this.#episodes) ** lengthSkew),
    );
    // Rounding may be off by one.
    if (number < this.#firstOf(index)) index -= 1;
    else if (number >= this.#firstOf(index + 1)) index += 1;
    const first = this.#firstOf(index);
    const isUnknown = this.#places.of(title).chance(0.08);
    const length = Math.max(
      this.#places.of(-index - 2).pick(seasonLengths),
      Math.ceil((this.#firstOf(index + 1) - first) / maxSeasons),
    );
    const episode = (number - first) % length;
    const season = (number - first - episode) / length;
    return {
      series: series.at(index),
      number: isUnknown ? undefined : { season: season + 1, episode: episode + 1 },
    };
  }

  /** Returns the number of the first episode of a series. */
  #firstOf(index: number): number {
    return Math.ceil(this.#episodes * (index / this.#series) ** (1 / lengthSkew));
  }
}

function commonFactor(one: number, other: number): number {
  return other === 0 ? one : commonFactor(other, one % other);
}

/** Numbers the titles of some types: counts and finds them without a look at the others. */
function numbered(...wanted: TypeRow[0][]) {
  const all = Array.from({ length: 1000 }, (_, place) => place);
  const places = all.filter((place) => wanted.includes(typeOf(place)));
  const before = all.map((place) => places.filter((each) => each < place).length);
  return {
    countBefore: (title: number) =>
      Math.floor(title / 1000) * places.length + (before[title % 1000] as number),
    at: (index: number) =>
      Math.floor(index / places.length) * 1000 + (places[index % places.length] as number),
  };
}

const episodes = numbered('tvEpisode');
const series = numbered('tvSeries', 'tvMiniSeries');
