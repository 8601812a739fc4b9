import { stringify } from 'csv-stringify';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { MovieHubError } from 'movie-hub';
import { browseTitles, findTitle } from '../data/browse-titles';
import { integerOf, textField } from '../form-fields';
import type { Hub } from '../hub-context';
import { principalOf, readAs } from '../principal';
import { sendHtml, sendPage, wantsPart } from '../send-page';
import { mostInFile, moviesPart, moviesView } from '../views/movies-view';
import { titleView } from '../views/title-view';

/** Titles on one page. */
const pageSize = 50;
/** The list and the search (GET /movies), the same as a file (GET /movies.csv), and one title (GET /movies/:id). */
export function movieRoutes(app: FastifyInstance, hub: Hub): void {
  app.get('/movies', async (request, reply) => {
    const words = wordsOf(request);
    const after = textField(request.query, 'after');
    const page = await readAs(hub, principalOf(request), (scope) =>
      browseTitles(scope, { words, after, most: pageSize }),
    );
    const view = { hub, words, page, isContinued: after !== '' };
    if (wantsPart(request, reply)) return sendHtml(reply, moviesPart(view));
    const title = words === '' ? 'Movies' : `${words} · Movies`;
    return sendPage(hub, request, reply, { title, active: 'movies', content: moviesView(view) });
  });

  app.get('/movies.csv', async (request, reply) => {
    const { titles, next, isCut } = await readAs(hub, principalOf(request), (scope) =>
      browseTitles(scope, { words: wordsOf(request), most: mostInFile }),
    );
    // CSV has no place for a remark: a file that does not hold all says so in its name, and to programs in a header.
    const isWhole = next === undefined && !isCut;
    const name = isWhole ? 'movies.csv' : `movies-first-${titles.length}.csv`;
    if (!isWhole) reply.header('X-Truncated', 'true');
    reply.type('text/csv; charset=utf-8').header('Content-Disposition', `attachment; filename="${name}"`);
    return reply.send(stringify([...titles], csvOptions));
  });

  app.get<{ Params: { id: string } }>('/movies/:id', async (request, reply) => {
    const titleId = integerOf(request.params.id);
    const title =
      titleId === undefined
        ? undefined
        : await readAs(hub, principalOf(request), (scope) => findTitle(scope, titleId));
    // One that the user may not see is not there: the same words, from the same line.
    if (title === undefined)
      throw new MovieHubError('not_found', 'There is no such title among those you may see.');
    const content = titleView({ hub, title });
    return sendPage(hub, request, reply, { title: title.primary_title, active: 'movies', content });
  });
}

function wordsOf(request: FastifyRequest): string {
  return textField(request.query, 'q').trim().slice(0, 200);
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
  // A title that begins like a formula must not run in a spreadsheet.
  escape_formulas: true,
};
