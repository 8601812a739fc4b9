import type { FastifyRequest } from 'fastify';
import type { Hub } from './hub-context';

/** Maximum length of a return path, in characters. */
const maxPathLength = 2000;

/**
 * Returns the path to return to after login, normalised as browsers read it: a page of this hub; undefined for anything else,
 * such as another host, a path outside the hub, a file, or the login page.
 */
export function nextPath(hub: Hub, text: string): string | undefined {
  // Browsers read a backslash as a slash, and drop tabs and line breaks: "/\t/evil.example" is another host.
  if (text.length > maxPathLength || !/^\/(?![/\\])[^\\\s\p{Cc}]*$/u.test(text)) return undefined;
  const root = 'http://hub.invalid';
  const url = URL.canParse(text, root) ? new URL(text, root) : undefined;
  if (url === undefined || url.origin !== root) return undefined;
  const { pathname, search } = url;
  // "/..//evil.example" becomes another host when the dots are resolved.
  if (pathname.startsWith('//') || !pathname.startsWith(hub.url('/'))) return undefined;
  const isPage = !/^\/(?:log[a-z-]*|assets)(?:\/|$)|\.csv$/.test(pathname.slice(hub.url('').length));
  return isPage ? pathname + search : undefined;
}

/** Returns the path of the login page, which then redirects to `next`. */
export function loginPath(hub: Hub, next: string | undefined): string {
  return next === undefined ? hub.url('/login') : `${hub.url('/login')}?${new URLSearchParams({ next })}`;
}

/** Returns the path of the user's current page: the requested page, or for a form or a part the page that it was sent from. */
export function pageOf(hub: Hub, request: FastifyRequest): string | undefined {
  const isPart = request.headers['hx-request'] !== undefined;
  if (request.method === 'GET' && !isPart) return nextPath(hub, request.url);
  const from = request.headers[isPart ? 'hx-current-url' : 'referer'];
  if (typeof from !== 'string' || !URL.canParse(from)) return undefined;
  // The host is ignored: only the path is used.
  const { pathname, search } = new URL(from);
  return nextPath(hub, pathname + search);
}
