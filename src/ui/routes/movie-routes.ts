import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { MovieHubError } from 'movie-hub';
import { browseTitles } from '../data/browse-titles';
import { listTitleTypes } from '../data/edit-titles';
import { findTitle } from '../data/find-title';
import { readStart } from '../data/list-order';
import { orderOf, readFilters, type TitleFilters, writeFilters } from '../data/title-filters';
import { parseInteger, textField } from '../form-fields';
import type { Hub } from '../hub-context';
import { readAs } from '../principal';
import { sendHtml, sendPage, wantsPart } from '../send-page';
import { moviesPart, moviesView } from '../views/movies-view';
import { titleView } from '../views/title-view';
import { titleFileRoute } from './title-file';

/** Titles on a page. */
const pageSize = 50;

/** List and search (GET /movies), the same as a file (GET /movies.csv), and one title (GET /movies/:id). */
export function movieRoutes(app: FastifyInstance, hub: Hub): void {
  app.get('/movies', async (request, reply) => {
    const field = (name: string) => textField(request.query, name);
    const list = await readAs(hub, request, async (scope) => {
      const types = await listTitleTypes(scope);
      const filters = readFilters(field, types);
      const start = readStart(orderOf(filters.sort), { after: field('after'), before: field('before') });
      let page = await browseTitles(scope, filters, { start, limit: pageSize });
      // Past an end of the list, or less than a page before the cursor: show the first page.
      const isOutOfRange =
        page.rows.length === 0 || (start.before !== undefined && page.rows.length < pageSize);
      if (isOutOfRange && (start.after ?? start.before))
        page = await browseTitles(scope, filters, { limit: pageSize });
      return { types, filters, page };
    });
    const { filters } = list;
    if (wantsPart(request, reply)) {
      setAddress(hub, request, reply, filters);
      return sendHtml(reply, moviesPart({ hub, ...list }));
    }
    const title = filters.words === '' ? 'Movies' : `${filters.words} · Movies`;
    return sendPage(hub, request, reply, { title, active: 'movies', content: moviesView({ hub, ...list }) });
  });

  titleFileRoute(app, hub);

  app.get<{ Params: { id: string } }>('/movies/:id', async (request, reply) => {
    const titleId = parseInteger(request.params.id);
    const title =
      titleId === undefined ? undefined : await readAs(hub, request, (scope) => findTitle(scope, titleId));
    // A hidden title must look like a missing one.
    if (title === undefined)
      throw new MovieHubError('not_found', 'There is no such title among those you may see.');
    const content = titleView({ hub, title });
    return sendPage(hub, request, reply, { title: title.primary_title, active: 'movies', content });
  });
}

/** Sets the address for htmx: while typing it replaces the previous one, otherwise it adds a history entry. */
function setAddress(hub: Hub, request: FastifyRequest, reply: FastifyReply, filters: TitleFilters): void {
  const path = hub.url('/movies') + writeFilters(filters);
  const current = String(request.headers['hx-current-url'] ?? '');
  const from = URL.canParse(current) ? new URL(current).searchParams : new URLSearchParams();
  const wasTyping = (from.get('q') ?? '') !== '' && filters.words !== '';
  const others = ['type', 'genre', 'from', 'to', 'sort'] as const;
  const to = new URLSearchParams(writeFilters(filters));
  const isTyping = wasTyping && others.every((name) => from.get(name) === to.get(name));
  reply.header(isTyping ? 'HX-Replace-Url' : 'HX-Push-Url', path);
}
