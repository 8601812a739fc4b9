import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { httpStatusOf, isMovieHubError } from 'movie-hub';
import type { Hub } from './hub-context';
import { loadPrincipal } from './principal';
import { renderPage, sendHtml, wantsPart } from './send-page';
import { leaveSession } from './session/session';
import { errorView } from './views/error-view';

/** Renders every failure of these routes as a page, or as a part of one for htmx. Stacks and SQL stay in the log. */
export function handleErrors(app: FastifyInstance, hub: Hub): void {
  app.setErrorHandler((error, request, reply) => {
    const status = statusOf(error);
    if (status >= 500) request.log.error({ err: error }, 'request failed');
    const isOverload = isForLater(error, status);
    // Limits by the minute have said already when theirs is over.
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
    // Only what is in the log needs a number to be found there; and a page that hides why it is missing must not vary.
    ...(status >= 500 && { requestId: request.id }),
  });
  reply.header('Cache-Control', 'no-store');
  const body = isPart ? content : renderPage(hub, request, reply, { title: page.heading, content });
  leaveSession(request);
  return sendHtml(reply, body, status);
}

/** Returns the path of the page that failed, if a link can lead there: not for a form, and never to another host. */
function retryPath(hub: Hub, { method, url }: FastifyRequest): string {
  return method === 'GET' && /^\/(?![/\\])/.test(url) ? url : hub.url('/');
}

function statusOf(error: unknown): number {
  if (isMovieHubError(error)) return httpStatusOf(error);
  const status = (error as Partial<FastifyError> | null | undefined)?.statusCode;
  return status !== undefined && status >= 400 && status < 600 ? status : 500;
}

/** In seconds: what is limited by numbers at once is over soon. */
const retryAfter = 2;

/** Tells whether a request was turned away for what else runs, so that the same one may be answered soon. */
function isForLater(error: unknown, status: number): boolean {
  if (status === 429) return true;
  return isMovieHubError(error) && (error.code === 'overloaded' || error.code === 'database_busy');
}

/** Only the library's own messages are meant for people; those below 500 and those of a database that is away help them. */
function messageOf(error: unknown, status: number): string | undefined {
  const isForPeople = isMovieHubError(error) && (status < 500 || status === 503 || status === 504);
  return isForPeople ? error.message : undefined;
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
  heading: 'This request cannot be answered',
  message: 'Go back and try again.',
  next: start,
};

const failure: ErrorPage = {
  heading: 'Something went wrong',
  message: 'This is not your fault. Try again; if it stays, tell your administrator the request number.',
  next: start,
};

const busy: ErrorPage = {
  heading: 'Busy at the moment',
  message: 'Many others ask for the same. Try again in a moment.',
  next: 'Try again',
};

const pages: Readonly<Record<number, ErrorPage>> = {
  403: {
    heading: 'Not allowed',
    message: 'The form is out of date, or this is not for you. Open the page again and retry.',
    next: start,
  },
  404: { heading: 'Not found', message: 'There is no such page.', next: start },
  413: { heading: 'Too long', message: 'What was sent is longer than allowed.', next: start },
  429: { heading: 'Too much at once', message: 'Wait a minute, then try again.', next: 'Try again' },
  503: {
    heading: 'The database is away',
    message: 'The database cannot be reached at the moment. Try again later.',
    next: 'Try again',
  },
  504: { heading: 'That took too long', message: 'Ask for less, or try again later.', next: start },
};
