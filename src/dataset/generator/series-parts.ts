import { Draws } from './random';
import { TitlesOfTypes, typeOf } from './title-types';

/** Where an episode is in its series. */
export interface SeriesPart {
  /** The title that is the series. */
  readonly series: number;
  /** Undefined for one whose place in the series nobody knows. */
  readonly place: { readonly season: number; readonly episode: number } | undefined;
}

/** Series have about as many episodes as this makes of their ranks: the longest has 9,000 at IMDb's size, half have 10 to 15. */
const skew = 1.9;
const seasonLengths = [6, 8, 10, 10, 12, 13, 20, 22, 24];
/** A series with more episodes has longer seasons instead of more of them. */
const mostSeasons = 40;
const episodes = new TitlesOfTypes(['tvEpisode']);
const series = new TitlesOfTypes(['tvSeries', 'tvMiniSeries']);

/** Gives every episode to a series: no two of a series have the same season and number. */
export class SeriesParts {
  readonly #episodes: number;
  readonly #series: number;
  readonly #stride: number;
  readonly #draws: Draws;

  constructor(titles: number, seed: number) {
    this.#episodes = episodes.countBefore(titles);
    this.#series = series.countBefore(titles);
    this.#stride = primeTo(this.#episodes);
    this.#draws = new Draws(seed, 2);
  }

  /** Returns nothing for what is no episode, and where there are too few titles for a series. */
  of(title: number): SeriesPart | undefined {
    if (this.#series === 0 || typeOf(title) !== 'tvEpisode') return undefined;
    // Episodes of one series are far from each other, as in IMDb's numbers.
    const number = (episodes.countBefore(title) * this.#stride) % this.#episodes;
    const index = this.#indexOf(number);
    const first = this.#firstOf(index);
    const isUnknown = this.#draws.of(title).chance(0.08);
    const length = Math.max(
      this.#draws.of(-index - 2).pick(seasonLengths),
      Math.ceil((this.#firstOf(index + 1) - first) / mostSeasons),
    );
    const episode = (number - first) % length;
    const season = (number - first - episode) / length;
    return {
      series: series.at(index),
      place: isUnknown ? undefined : { season: season + 1, episode: episode + 1 },
    };
  }

  #indexOf(number: number): number {
    const index = Math.min(this.#series - 1, Math.floor(this.#series * (number / this.#episodes) ** skew));
    // What was rounded may be one off.
    if (number < this.#firstOf(index)) return index - 1;
    return number < this.#firstOf(index + 1) ? index : index + 1;
  }

  /** Returns the number of the first episode of a series. */
  #firstOf(index: number): number {
    return Math.ceil(this.#episodes * (index / this.#series) ** (1 / skew));
  }
}

/** Returns a number that shares no factor with this one and lies about at its golden section. */
function primeTo(count: number): number {
  let stride = Math.floor(count * 0.618_034) + 1;
  while (greatestCommonFactor(stride, count) !== 1) stride += 1;
  return stride;
}

function greatestCommonFactor(one: number, other: number): number {
  return other === 0 ? one : greatestCommonFactor(other, one % other);
}
