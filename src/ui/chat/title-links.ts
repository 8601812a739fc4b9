import type { JsonObject } from 'movie-hub';
import type { Step } from './turn';

/** Titles to link, with their URLs. */
export type TitleLinks = ReadonlyMap<string, string>;

/** Maximum number of linked titles of a turn. */
const maxLinkedTitles = 300;
/** Shorter titles are common words: It, Up, Us. They are linked only when they are the whole text. */
const minTitleLength = 4;

/**
 * Collects the titles in the results of a turn: objects at any depth with a `title_id` and a `title`. Of titles with the same
 * name the first is linked, because results have the best match first.
 *
 * @param titleUrl Returns the page of a title.
 */
export function titleLinksOf(steps: readonly Step[], titleUrl: (titleId: number) => string): TitleLinks {
  const links = new Map<string, string>();
  for (const { id, names } of titlesIn(steps)) {
    for (const name of names) {
      const text = typeof name === 'string' ? name.trim() : '';
      if (text !== '' && !links.has(text) && links.size < maxLinkedTitles) links.set(text, titleUrl(id));
    }
  }
  return links;
}

/** Returns the ids of the titles in the results of a turn. */
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
    // The range of a title's id.
    if (Number.isInteger(id) && Number(id) > 0 && Number(id) < 2 ** 31)
      yield { id: Number(id), names: [title, original] };
  }
  for (const inner of Object.values(value)) yield* titlesInValue(inner);
}

/** A piece of text, with a URL if it is a title. */
export interface LinkedPiece {
  readonly text: string;
  readonly href?: string;
}

/** Returns a function that splits text at titles. Of overlapping titles the longest is linked; titles match whole words only. */
export function titleSplitter(links: TitleLinks): (text: string) => LinkedPiece[] {
  const titles = [...links.keys()]
    .filter((title) => title.length >= minTitleLength)
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
