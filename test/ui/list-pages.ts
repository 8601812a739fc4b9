import type { Visitor } from './open-hub';

/** The ids of the titles that a page lists, in its order. */
export function titlesOf(body: string): number[] {
  return [...body.matchAll(/<th scope="row"><a href="[^"]*\/movies\/(\d+)"/g)].map((match) =>
    Number(match[1]),
  );
}

/** The path that a page's link leads to, if it has that link. */
export function linkOf(body: string, rel: 'next' | 'prev'): string | undefined {
  return new RegExp(`href="([^"]*)" rel="${rel}"`).exec(body)?.[1]?.replaceAll('&amp;', '&');
}

/** A cursor as a page writes it, for an order, an id and a key. */
export function cursor(order: string, id: number | string, key: number | string): string {
  return Buffer.from(`${order}.${id}.${key}`).toString('base64url');
}

/** Walks from a page to the last one, and returns the ids on each, and the path of the last. */
export async function walk(
  visitor: Visitor,
  start: string,
  rel: 'next' | 'prev' = 'next',
): Promise<{ pages: number[][]; last: string }> {
  const pages: number[][] = [];
  let path = start;
  for (;;) {
    const { body, statusCode } = await visitor.get(path);
    if (statusCode !== 200 || pages.length > 100)
      throw new Error(`${path}: ${statusCode}, page ${pages.length}`);
    pages.push(titlesOf(body));
    const to = linkOf(body, rel);
    if (to === undefined) return { pages, last: path };
    path = to;
  }
}
