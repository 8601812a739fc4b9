import type { JsonObject } from 'movie-hub';
import type { Step } from './turn';

/** Titles that may be linked, with where each leads. */
export type TitleLinks = ReadonlyMap<string, string>;

/** Most titles of a turn that are linked, the first ones. */
const mostTitles = 300;
/** Titles that are shorter are words of any sentence: It, Up, Us. They are linked only where they stand alone. */
const shortTitle = 4;

/**
 * Collects the titles that the results of a turn name: the objects, however deep, with a `title_id` and a `title`. Where two
 * have the same title, the first counts: results name the best match first.
 *
 * @param titleUrl Returns the page of a title.
 */
export function titleLinksOf(steps: readonly Step[], titleUrl: (titleId: number) => string): TitleLinks {
  const links = new Map<string, string>();
  for (const { id, names } of titlesIn(steps)) {
    for (const name of names) {
      const text = typeof name === 'string' ? name.trim() : '';
      if (text !== '' && !links.has(text) && links.size < mostTitles) links.set(text, titleUrl(id));
    }
  }
  return links;
}

/** Returns the ids of the titles that the results of a turn name. */
export function titleIdsOf(steps: readonly Step[]): readonly number[] {
  return [...new Set(Array.from(titlesIn(steps), ({ id }) => id))];
}

function* titlesIn(steps: readonly Step[]): Generator<{ id: number; names: readonly unknown[] }> {
  for (const { outcome } of steps)
    if (outcome?.structuredContent) yield* titlesInValue(outcome.structuredContent);
}

function* titlesInValue(value: JsonObject[string]): ReturnType<typeof titlesIn> {
  if (typeof value !== 'object' || value === null) return;
  if (!Array.isArray(value)) {
    const { title_id: id, title, original_title: original } = value;
    // As large as a title's id may be.
    if (Number.isInteger(id) && Number(id) > 0 && Number(id) < 2 ** 31)
      yield { id: Number(id), names: [title, original] };
  }
  for (const inner of Object.values(value)) yield* titlesInValue(inner);
}

/** A piece of a text, and where it leads if it is a title. */
export interface LinkedPiece {
  readonly text: string;
  readonly href?: string;
}

/** Splits texts at the titles in them. Where titles overlap, the longest counts; none begins or ends within a word. */
export function titleSplitter(links: TitleLinks): (text: string) => LinkedPiece[] {
  const titles = [...links.keys()]
    .filter((title) => title.length >= shortTitle)
    .sort((a, b) => b.length - a.length)
    .map((title) => title.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  const pattern =
    titles.length === 0
      ? undefined
      : new RegExp(`(?<![\\p{L}\\p{N}_])(?:${titles.join('|')})(?![\\p{L}\\p{N}_])`, 'gu');
  return (text) => {
    const whole = links.get(text.trim());
    if (whole !== undefined) return [{ text, href: whole }];
    const pieces: LinkedPiece[] = [];
    let from = 0;
    for (const match of pattern ? text.matchAll(pattern) : []) {
      const [title] = match;
      const href = links.get(title);
      if (match.index > from) pieces.push({ text: text.slice(from, match.index) });
      pieces.push({ text: title, ...(href !== undefined && { href }) });
      from = match.index + title.length;
    }
    if (from < text.length) pieces.push({ text: text.slice(from) });
    return pieces;
  };
}
