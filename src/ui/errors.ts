import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { httpStatusOf, isMovieHubError } from 'movie-hub';
import type { Hub } from './hub-context';
import { loadPrincipal } from './principal';
import { renderPage, sendHtml, wantsPart } from './send-page';
import { discardSessionChanges } from './session/session';
import { errorView } from './views/error-view';

/** Renders every error of these routes as a page, or as a part of one for htmx. Stacks and SQL appear only in the log. */
export function handleErrors(app: FastifyInstance, hub: Hub): void {
  app.setErrorHandler((error, request, reply) => {
    const status = statusOf(error);
    if (status >= 500) request.log.error({ err: error }, 'request failed');
    const isOverload = isTemporary(error, status);
    // Limits per minute have already set the header.
    if (isOverload && !reply.hasHeader('Retry-After')) reply.header('Retry-After', retryAfter);
    const page = isOverload && status === 503 ? busy : pageOf(status);
    return sendError(hub, request, reply, { status, page, message: messageOf(error, status) });
  });
  const preHandler = async (request: FastifyRequest) => {
    await loadPrincipal(hub, request);
  };
  app.setNotFoundHandler({ preHandler }, (request, reply) =>
    sendError(hub, request, reply, { status: 404, page: pageOf(404) }),
  );
}

function sendError(
  hub: Hub,
  request: FastifyRequest,
  reply: FastifyReply,
  { status, page, message }: { status: number; page: ErrorPage; message?: string | undefined },
): FastifyReply {
  const isPart = wantsPart(request, reply);
  const content = errorView({
    heading: page.heading,
    isPart,
    message: message ?? page.message,
    next: {
      href: status === 429 || status === 503 ? retryPath(hub, request) : hub.url('/'),
      label: page.next,
    },
    // Only logged errors need a request id. The page for a hidden title must not differ from that for a missing one.
    ...(status >= 500 && { requestId: request.id }),
  });
  reply.header('Cache-Control', 'no-store');
  const body = isPart ? content : renderPage(hub, request, reply, { title: page.heading, content });
  discardSessionChanges(request);
  return sendHtml(reply, body, status);
}

/** Returns the path of the failed page for a link to retry; for a form, or anything that is not a path of this host, the start page. */
function retryPath(hub: Hub, { method, url }: FastifyRequest): string {
  return method === 'GET' && /^\/(?![/\\])/.test(url) ? url : hub.url('/');
}

function statusOf(error: unknown): number {
  if (isMovieHubError(error)) return httpStatusOf(error);
  const status = (error as Partial<FastifyError> | null | undefined)?.statusCode;
  return status !== undefined && status >= 400 && status < 600 ? status : 500;
}

/** In seconds: limits on concurrent work are over soon. */
const retryAfter = 2;

/** Returns whether a request was refused because of load, so that the same request may succeed soon. */
function isTemporary(error: unknown, status: number): boolean {
  if (status === 429) return true;
  return isMovieHubError(error) && (error.code === 'overloaded' || error.code === 'database_busy');
}

/** Returns the message of an error for the page: only the library's own, for client errors and an unavailable database. */
function messageOf(error: unknown, status: number): string | undefined {
  const isPublic = isMovieHubError(error) && (status < 500 || status === 503 || status === 504);
  return isPublic ? error.message : undefined;
}

interface ErrorPage {
  heading: string;
  message: string;
  next: string;
}

function pageOf(status: number): ErrorPage {
  return pages[status] ?? (status < 500 ? badRequest : failure);
}

const start = 'Go to the start page';

const badRequest: ErrorPage = {
  heading: 'Bad request',
  message: 'Go back and try again.',
  next: start,
};

const failure: ErrorPage = {
  heading: 'Something went wrong',
  message: 'Try again. If the problem persists, give your administrator the request number below.',
  next: start,
};

const busy: ErrorPage = {
  heading: 'The server is busy',
  message: 'Too many requests at the moment. Try again in a few seconds.',
  next: 'Try again',
};

const pages: Readonly<Record<number, ErrorPage>> = {
  403: {
    heading: 'Not allowed',
    message: 'You may not do this, or the form has expired. Open the page again and retry.',
    next: start,
  },
  404: { heading: 'Not found', message: 'There is no such page.', next: start },
  413: { heading: 'Too large', message: 'The form is too large. Shorten it and try again.', next: start },
  429: { heading: 'Too many requests', message: 'Wait a minute, then try again.', next: 'Try again' },
  503: {
    heading: 'The database is not available',
    message: 'The database cannot be reached at the moment. Try again later.',
    next: 'Try again',
  },
  504: { heading: 'This took too long', message: 'Narrow your search, or try again later.', next: start },
};
