import type { FastifyRequest } from 'fastify';

/** The cookie that holds which of light and dark the reader chose; the page's script sets it. */
const themeCookie = 'movie_hub_theme';

/** Light or dark; where nobody chose, the reader's system does. */
export type Theme = 'light' | 'dark';

/** Returns what the reader chose, so that a page comes in it from the start. */
export function themeOf(request: FastifyRequest): Theme | undefined {
  // A request that was refused before its cookies were read has none.
  const theme = request.cookies?.[themeCookie];
  return theme === 'light' || theme === 'dark' ? theme : undefined;
}
