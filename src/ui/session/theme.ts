import type { FastifyRequest } from 'fastify';

/** Set by the page's script. */
const themeCookie = 'movie_hub_theme';

/** The user's choice; without one the operating system's setting applies. */
export type Theme = 'light' | 'dark';

/** Returns the chosen theme, so that the server renders the page in it. */
export function themeOf(request: FastifyRequest): Theme | undefined {
  // A request that was refused early has no parsed cookies.
  const theme = request.cookies?.[themeCookie];
  return theme === 'light' || theme === 'dark' ? theme : undefined;
}
