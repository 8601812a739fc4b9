import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Html, renderHtml } from './html';
import type { Hub } from './hub-context';
import { knownPrincipal } from './principal';
import { cookiePath } from './session/session';
import { themeOf } from './session/theme';
import { page, type Section } from './views/layout';

/** Title and content of a page. */
export interface PageContent {
  title: string;
  active?: Section;
  /** The main part, with the page's only `h1`. */
  content: Html;
}

/** Sends a part of a page, for htmx. */
export function sendHtml(reply: FastifyReply, content: Html, status = 200): FastifyReply {
  return reply.code(status).type('text/html; charset=utf-8').send(renderHtml(content));
}

/** Sends a full page for the current user. */
export function sendPage(
  hub: Hub,
  request: FastifyRequest,
  reply: FastifyReply,
  view: PageContent & { status?: number },
): FastifyReply {
  return sendHtml(reply, renderPage(hub, request, reply, view), view.status);
}

/** Renders a full page for the current user. */
export function renderPage(hub: Hub, request: FastifyRequest, reply: FastifyReply, view: PageContent): Html {
  const { title, active, content } = view;
  const principal = knownPrincipal(request);
  const csrfToken = principal ? reply.generateCsrf() : '';
  const theme = themeOf(request);
  return page({ hub, principal, title, active, theme, cookiePath: cookiePath(hub), csrfToken, content });
}

/** Returns whether htmx requests a part of a page, and sets `Vary` accordingly. */
export function wantsPart(request: FastifyRequest, reply: FastifyReply): boolean {
  reply.header('Vary', 'HX-Request-Type');
  return request.headers['hx-request-type'] === 'partial';
}
