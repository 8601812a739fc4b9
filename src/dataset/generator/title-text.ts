import type { Draws } from './random';
import type { SeriesPart } from './series-parts';
import type { TypeName } from './title-types';
import { wordOf } from './words';

/** Thousands of titles have this one. */
const pilot = 'Pilot';

/** Draws the text of a title; many episodes have nothing but their number. */
export function titleText(type: TypeName, part: SeriesPart | undefined, draws: Draws): string {
  if (type === 'tvPilot' || (type === 'tvEpisode' && draws.chance(0.01))) return pilot;
  if (part?.place !== undefined && draws.chance(0.4)) return numbered('Episode', part.place);
  return phrase(draws);
}

/** Returns the title of an episode that has no other, as IMDb does it in each language. */
export function numbered(word: string, place: { season: number; episode: number }): string {
  return `${word} #${place.season}.${place.episode}`;
}

/** Draws a few words as titles have them, with the signs that a search or a reader of files may stumble over. */
export function phrase(draws: Draws): string {
  const word = () => wordOf(draws);
  const kind = draws.next();
  if (kind < 0.04) return word();
  if (kind < 0.2) return `The ${word()}`;
  if (kind < 0.45) return `${word()} ${word()}`;
  if (kind < 0.6) return `The ${word()} of ${word()}`;
  if (kind < 0.7) return `${word()} and ${word()}`;
  if (kind < 0.78) return `${word()}: ${word()} ${word()}`;
  if (kind < 0.84) return `A ${word()} in ${word()}`;
  if (kind < 0.88) return `${word()} ${draws.pick(sequels)}`;
  if (kind < 0.9) return `"${word()}" ${word()}`;
  if (kind < 0.905) return `${word()}\\${word()}`;
  return `${word()} ${word()} ${word()} ${word()}`;
}

const sequels = ['II', 'III', '2', '3', 'Returns'];
