import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { stringify } from 'csv-stringify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { MovieHubError } from 'movie-hub';
import { browseTitles, hasMoreThan, type TitleRow } from '../data/browse-titles';
import { listTitleTypes } from '../data/edit-titles';
import { readStart } from '../data/list-order';
import { orderOf, readFilters, type TitleFilters } from '../data/title-filters';
import { textField } from '../form-fields';
import type { Hub } from '../hub-context';
import { loadPrincipal, principalOf, readAs, readUnqueued } from '../principal';
import { closeSignal } from '../request-limits';
import { maxTitlesInFile } from '../views/movies-view';

/** Titles per query. */
const pageSize = 500;

/** GET /movies.csv: the filtered titles as a file, streamed while they are read. */
export function titleFileRoute(app: FastifyInstance, hub: Hub): void {
  app.get('/movies.csv', (request, reply) =>
    hub.queueFile(
      principalOf(request).username,
      () => sendTitleFile(hub, request, reply),
      closeSignal(reply),
    ),
  );
}

/** Settles when the file has been sent, or the client has left. */
async function sendTitleFile(hub: Hub, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const { filters, cut } = await readAs(hub, request, async (scope) => {
    const filters = readFilters((name) => textField(request.query, name), await listTitleTypes(scope));
    const { isCut } = await browseTitles(scope, filters, { limit: 1 });
    if (filters.words !== '') return { filters, cut: isCut && 'movies-of-first-1000-matches.csv' };
    const isLong = await hasMoreThan(scope, filters, maxTitlesInFile);
    return { filters, cut: isLong && `movies-first-${maxTitlesInFile}.csv` };
  });
  // CSV has no comments, so the name of an incomplete file says so, and a header for programs.
  if (cut) reply.header('X-Truncated', 'true');
  reply
    .type('text/csv; charset=utf-8')
    .header('Content-Disposition', `attachment; filename="${cut || 'movies.csv'}"`);
  const file = stringify(csvOptions);
  // When the client leaves, Fastify destroys the stream, which ends the queries.
  const sent = pipeline(Readable.from(titlesOf(hub, request, filters)), file).catch((error) => {
    if (error.code !== 'ERR_STREAM_PREMATURE_CLOSE') request.log.error({ err: error }, 'file not finished');
  });
  reply.send(file);
  await sent;
  return reply;
}

/** Reads page by page, each in its own scope, so that a slow client holds no connection. */
async function* titlesOf(hub: Hub, request: FastifyRequest, filters: TitleFilters): AsyncGenerator<TitleRow> {
  const order = orderOf(filters.sort);
  let after: string | undefined = '';
  for (let left = maxTitlesInFile; left > 0 && after !== undefined; left -= pageSize) {
    // Entitlements may have changed since the last page.
    const principal = await loadPrincipal(hub, request);
    if (principal === undefined) throw new MovieHubError('unauthenticated', 'The session has ended.');
    const start = readStart(order, { after, before: '' });
    const page = await readUnqueued(hub, principal, (scope) =>
      browseTitles(scope, filters, { start, limit: pageSize }),
    );
    yield* page.rows;
    after = page.next;
  }
}

const csvOptions = {
  header: true,
  columns: [
    { key: 'title_id', header: 'id' },
    { key: 'primary_title', header: 'title' },
    { key: 'original_title', header: 'original_title' },
    { key: 'type_label', header: 'type' },
    { key: 'start_year', header: 'year' },
    { key: 'average_rating', header: 'rating' },
    { key: 'num_votes', header: 'votes' },
  ],
  // In many locales spreadsheets split cells at semicolons, but not within quotes.
  quoted_string: true,
  // A title that looks like a formula must not run in a spreadsheet.
  escape_formulas: true,
};
