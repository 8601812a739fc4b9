import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { stringify } from 'csv-stringify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { MovieHubError } from 'movie-hub';
import { browseTitles, isLonger, type TitleRow } from '../data/browse-titles';
import { listTitleTypes } from '../data/edit-titles';
import { readStart } from '../data/list-order';
import { orderOf, readFilters, type TitleFilters } from '../data/title-filters';
import { textField } from '../form-fields';
import type { Hub } from '../hub-context';
import { loadPrincipal, principalOf, readAs, readNow } from '../principal';
import { whenGone } from '../take-turn';
import { mostInFile } from '../views/movies-view';

/** Titles that are read at once. */
const pageSize = 500;

/** GET /movies.csv: the titles that filters let through as a file, sent while they are read. */
export function titleFileRoute(app: FastifyInstance, hub: Hub): void {
  app.get('/movies.csv', (request, reply) =>
    hub.sendFile(principalOf(request).username, () => sendTitleFile(hub, request, reply), whenGone(reply)),
  );
}

/** Settles when the file was sent, or the client has left. */
async function sendTitleFile(hub: Hub, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const { filters, cut } = await readAs(hub, request, async (scope) => {
    const filters = readFilters((name) => textField(request.query, name), await listTitleTypes(scope));
    const { isCut } = await browseTitles(scope, filters, { most: 1 });
    if (filters.words !== '') return { filters, cut: isCut && 'movies-of-first-1000-matches.csv' };
    const isLong = await isLonger(scope, filters, mostInFile);
    return { filters, cut: isLong && `movies-first-${mostInFile}.csv` };
  });
  // CSV has no place for a remark: a file that does not hold all says so in its name, and to programs in a header.
  if (cut) reply.header('X-Truncated', 'true');
  reply
    .type('text/csv; charset=utf-8')
    .header('Content-Disposition', `attachment; filename="${cut || 'movies.csv'}"`);
  const file = stringify(csvOptions);
  // When the client leaves, Fastify ends the file, and that ends the reading.
  const sent = pipeline(Readable.from(titlesOf(hub, request, filters)), file).catch((error) => {
    if (error.code !== 'ERR_STREAM_PREMATURE_CLOSE') request.log.error({ err: error }, 'file not finished');
  });
  reply.send(file);
  await sent;
  return reply;
}

/** Reads page after page, each in a scope of its own: none is open while the client takes his time with what was read. */
async function* titlesOf(hub: Hub, request: FastifyRequest, filters: TitleFilters): AsyncGenerator<TitleRow> {
  const order = orderOf(filters.sort);
  let after: string | undefined = '';
  for (let left = mostInFile; left > 0 && after !== undefined; left -= pageSize) {
    // A slow client does not keep what he has lost meanwhile.
    const principal = await loadPrincipal(hub, request);
    if (principal === undefined) throw new MovieHubError('unauthenticated', 'The session has ended.');
    const start = readStart(order, { after, before: '' });
    const page = await readNow(hub, principal, (scope) =>
      browseTitles(scope, filters, { start, most: pageSize }),
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
  // Spreadsheets of many countries split cells at a semicolon, but never within quotes.
  quoted_string: true,
  // A title that begins like a formula must not run in a spreadsheet.
  escape_formulas: true,
};
