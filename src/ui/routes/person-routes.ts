import type { FastifyInstance } from 'fastify';
import { MovieHubError } from 'movie-hub';
import { creditOrder, findPerson, listCredits } from '../data/find-person';
import { readStart } from '../data/list-order';
import { parseInteger, textField } from '../form-fields';
import type { Hub } from '../hub-context';
import { readAs } from '../principal';
import { sendPage } from '../send-page';
import { personView } from '../views/person-view';

/** Titles on a page. */
const pageSize = 50;

/** A person with their titles (GET /people/:id). */
export function personRoutes(app: FastifyInstance, hub: Hub): void {
  app.get<{ Params: { id: string } }>('/people/:id', async (request, reply) => {
    const nameId = parseInteger(request.params.id);
    const field = (name: string) => textField(request.query, name);
    const start = readStart(creditOrder, { after: field('after'), before: field('before') });
    const found =
      nameId === undefined
        ? undefined
        : await readAs(hub, request, async (scope) => {
            const person = await findPerson(scope, nameId);
            if (person === undefined) return undefined;
            let credits = await listCredits(scope, nameId, { start, limit: pageSize });
            const isOutOfRange =
              credits.rows.length === 0 || (start.before !== undefined && credits.rows.length < pageSize);
            if (isOutOfRange) credits = await listCredits(scope, nameId, { start: {}, limit: pageSize });
            return { person, credits };
          });
    // A hidden person must look like a missing one.
    if (found === undefined)
      throw new MovieHubError('not_found', 'There is no such person among those you may see.');
    const content = personView({ hub, ...found });
    return sendPage(hub, request, reply, { title: found.person.primary_name, active: 'movies', content });
  });
}
