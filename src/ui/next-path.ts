import type { FastifyRequest } from 'fastify';
import type { Hub } from './hub-context';

/** Longest path that is gone back to, in characters. */
const longestPath = 2000;

/**
 * Returns a path to go on to after login: one of this hub's pages, written in the one way that browsers read it in; undefined
 * for anything else, such as another host, a path outside of the hub, a file, and login itself.
 */
export function nextPath(hub: Hub, text: string): string | undefined {
  // Browsers take a backslash for a slash, and leave out tabs and line breaks: "/\t/evil.example" is another host.
  if (text.length > longestPath || !/^\/(?![/\\])[^\\\s\p{Cc}]*$/u.test(text)) return undefined;
  const root = 'http://hub.invalid';
  const url = URL.canParse(text, root) ? new URL(text, root) : undefined;
  if (url === undefined || url.origin !== root) return undefined;
  const { pathname, search } = url;
  // "/..//evil.example" is another host once its dots are gone.
  if (pathname.startsWith('//') || !pathname.startsWith(hub.url('/'))) return undefined;
  const isPage = !/^\/(?:log[a-z-]*|assets)(?:\/|$)|\.csv$/.test(pathname.slice(hub.url('').length));
  return isPage ? pathname + search : undefined;
}

/** Returns the path of the login page, which leads on to `next`. */
export function loginPath(hub: Hub, next: string | undefined): string {
  return next === undefined ? hub.url('/login') : `${hub.url('/login')}?${new URLSearchParams({ next })}`;
}

/** Returns the page that somebody is on: what he asks for, or, when that is a form or a part, where he asks it from. */
export function pageOf(hub: Hub, request: FastifyRequest): string | undefined {
  const isPart = request.headers['hx-request'] !== undefined;
  if (request.method === 'GET' && !isPart) return nextPath(hub, request.url);
  const from = request.headers[isPart ? 'hx-current-url' : 'referer'];
  if (typeof from !== 'string' || !URL.canParse(from)) return undefined;
  // Whatever host it names: the path is looked for on this one.
  const { pathname, search } = new URL(from);
  return nextPath(hub, pathname + search);
}
