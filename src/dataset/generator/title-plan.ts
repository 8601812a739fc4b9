import { Draws } from './random';
import { type SeriesPart, SeriesParts } from './series-parts';
import { type TypeName, typeOf } from './title-types';

/** Of each type: the share of titles that have votes, and the logarithm of their median. */
const voted: Readonly<Record<TypeName, readonly [share: number, median: number]>> = {
  tvEpisode: [0.085, 2.9],
  short: [0.15, 3],
  movie: [0.45, 4.3],
  video: [0.18, 3.2],
  tvSeries: [0.36, 4.3],
  tvMovie: [0.35, 3.8],
  tvMiniSeries: [0.35, 4.2],
  tvSpecial: [0.2, 3.2],
  videoGame: [0.35, 3.6],
  tvShort: [0.15, 3],
  tvPilot: [0.1, 3],
};
/** How far votes spread: one in a thousand movies with votes has more than 100,000. */
const spread = 2.4;
const leastVotes = 5;
const mostVotes = 3_200_000;

/** What everything about a data set follows from. */
export class TitlePlan {
  readonly titles: number;
  readonly people: number;
  readonly #votes: Draws;
  readonly #parts: SeriesParts;

  constructor(titles: number, seed: number) {
    this.titles = titles;
    // IMDb has 14 million people beside 11 million titles.
    this.people = Math.max(10, Math.round(titles * 1.27));
    this.#votes = new Draws(seed, 1);
    this.#parts = new SeriesParts(titles, seed);
  }

  /** Returns the number of votes; undefined for a title without any. A few have millions, most have a handful. */
  votesOf(title: number): number | undefined {
    const draws = this.#votes.of(title);
    const [share, median] = voted[typeOf(title)];
    if (!draws.chance(share)) return undefined;
    const votes = Math.floor(Math.exp(median + spread * draws.normal()));
    return Math.min(mostVotes, Math.max(leastVotes, votes));
  }

  /** Returns the series of an episode, and its place there. */
  partOf(title: number): SeriesPart | undefined {
    return this.#parts.of(title);
  }
}
