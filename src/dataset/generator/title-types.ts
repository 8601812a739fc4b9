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
const thousand: readonly TypeName[] = shares.flatMap(([name, count]) => Array<TypeName>(count).fill(name));

/** Returns the type of a title: each thousand titles have the same types in the same order. */
export function typeOf(title: number): TypeName {
  return thousand[((title + 1) * step) % 1000] as TypeName;
}

/** The titles of some types, numbered in their own order: found, and counted, without a look at the others. */
export class TitlesOfTypes {
  readonly #places: readonly number[];
  /** How many of them are before each place of a thousand. */
  readonly #before: readonly number[];

  constructor(types: readonly TypeName[]) {
    const all = Array.from({ length: 1000 }, (_, place) => place);
    this.#places = all.filter((place) => types.includes(typeOf(place)));
    this.#before = all.map((place) => this.#places.filter((each) => each < place).length);
  }

  /** Returns how many there are among the titles before this one. */
  countBefore(title: number): number {
    return Math.floor(title / 1000) * this.#places.length + (this.#before[title % 1000] as number);
  }

  /** Returns the title that is the `index`th of them. */
  at(index: number): number {
    const place = index % this.#places.length;
    return ((index - place) / this.#places.length) * 1000 + (this.#places[place] as number);
  }
}
