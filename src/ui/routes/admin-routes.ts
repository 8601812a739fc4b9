import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { castPerson } from '../data/edit-cast';
import { createPerson } from '../data/edit-people';
import { createTitle, listTitleTypes } from '../data/edit-titles';
import { newestPeople, newestTitles } from '../data/find-for-editor';
import { listUsers } from '../data/users';
import type { Hub } from '../hub-context';
import { adminView, type RefusedForm } from '../views/admin-view';
import { notFound, openDesk } from './admin-desk';
import { readCastForm, readPersonForm, readTitleForm, refuseCast } from './admin-forms';
import { auditRoutes } from './audit-routes';
import { entitlementRoutes } from './entitlement-routes';
import { peopleRoutes } from './people-routes';
import { titleRoutes } from './title-routes';
import { userRoutes } from './user-routes';

/** How many of the newest titles and people the casting form of the overview offers. */
const newest = 50;

/** The overview, GET /admin, with a POST for each of its forms; and the pages of titles, people, users and the audit. */
export function adminRoutes(app: FastifyInstance, hub: Hub): void {
  const desk = openDesk(hub);

  app.get('/admin', (request, reply) => sendAdmin(request, reply));

  app.post('/admin/titles', async (request, reply) => {
    const form = readTitleForm(request.body, await desk.edit(request, listTitleTypes));
    if ('refused' in form) return sendAdmin(request, reply, form.refused);
    const { title, type, startYear } = form.value;
    await desk.edit(request, (scope, actor) =>
      createTitle(scope, actor, {
        title,
        original_title: title,
        title_type: type.title_type_id,
        start_year: startYear,
        end_year: null,
        runtime_minutes: null,
        genres: [],
      }),
    );
    return desk.done(request, reply, '/admin', `Created “${title}” (${type.label}).`);
  });

  app.post('/admin/people', async (request, reply) => {
    const form = readPersonForm(request.body);
    if ('refused' in form) return sendAdmin(request, reply, form.refused);
    const person = { ...form.value, birth_year: null, death_year: null, professions: [] };
    await desk.edit(request, (scope, actor) => createPerson(scope, actor, person));
    return desk.done(request, reply, '/admin', `Created the person ${form.value.name}.`);
  });

  app.post('/admin/cast', async (request, reply) => {
    const form = readCastForm(request.body);
    if ('refused' in form) return sendAdmin(request, reply, form.refused);
    const { values, ...casting } = form.value;
    const outcome = await desk.edit(request, (scope, actor) =>
      castPerson(scope, actor, { ...casting, category: 'actor' }),
    );
    if ('missing' in outcome) return sendAdmin(request, reply, refuseCast(values, outcome.missing));
    const message = `Cast ${outcome.person} as ${casting.character} in “${outcome.title}”.`;
    return desk.done(request, reply, '/admin', message);
  });

  entitlementRoutes(app, desk, sendAdmin);
  titleRoutes(app, hub, desk);
  peopleRoutes(app, hub, desk);
  userRoutes(app, hub, desk);
  auditRoutes(app, hub, desk);
  // So that whoever is no administrator gets one answer for all that is under /admin.
  app.all('/admin/*', async () => {
    throw notFound('page');
  });

  async function sendAdmin(request: FastifyRequest, reply: FastifyReply, refused?: RefusedForm) {
    const lists = await desk.edit(request, async (scope) => ({
      types: await listTitleTypes(scope),
      newest: {
        titles: await newestTitles(scope, newest),
        people: await newestPeople(scope, newest),
      },
    }));
    const users = await desk.manage(request, listUsers);
    return desk.show(request, reply, {
      title: 'Admin',
      active: 'admin',
      refused: refused !== undefined,
      render: (page) => adminView({ ...page, ...lists, users, refused }),
    });
  }
}
