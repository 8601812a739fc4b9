import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { castPerson } from '../data/edit-cast';
import { createPerson } from '../data/edit-people';
import { createTitle, listTitleTypes } from '../data/edit-titles';
import { newestPeople, newestTitles } from '../data/find-for-editor';
import { hasUser, listUsers, setTitleTypes } from '../data/users';
import { textField } from '../form-fields';
import type { Hub } from '../hub-context';
import { adminView, type RefusedForm } from '../views/admin-view';
import { createAdminContext, notFound } from './admin-context';
import { readCastForm, readEntitlementsForm, readPersonForm, readTitleForm, refuseCast } from './admin-forms';
import { auditRoutes } from './audit-routes';
import { peopleRoutes } from './people-routes';
import { titleRoutes } from './title-routes';
import { userRoutes } from './user-routes';

/** Newest titles and people in the overview's casting form. */
const newest = 50;

/** The overview, GET /admin, with a POST route for each form; and the pages of titles, people, users and the audit trail. */
export function adminRoutes(app: FastifyInstance, hub: Hub): void {
  const admin = createAdminContext(hub);

  app.get('/admin', (request, reply) => sendAdmin(request, reply));

  app.post('/admin/titles', async (request, reply) => {
    const form = readTitleForm(request.body, await admin.edit(request, listTitleTypes));
    if ('refused' in form) return sendAdmin(request, reply, form.refused);
    const { title, type, startYear } = form.value;
    await admin.edit(request, (scope, actor) =>
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
    return admin.redirect(request, reply, '/admin', `Created “${title}” (${type.label}).`);
  });

  app.post('/admin/people', async (request, reply) => {
    const form = readPersonForm(request.body);
    if ('refused' in form) return sendAdmin(request, reply, form.refused);
    const person = { ...form.value, birth_year: null, death_year: null, professions: [] };
    await admin.edit(request, (scope, actor) => createPerson(scope, actor, person));
    return admin.redirect(request, reply, '/admin', `Created the person ${form.value.name}.`);
  });

  app.post('/admin/cast', async (request, reply) => {
    const form = readCastForm(request.body);
    if ('refused' in form) return sendAdmin(request, reply, form.refused);
    const { values, ...casting } = form.value;
    const outcome = await admin.edit(request, (scope, actor) =>
      castPerson(scope, actor, { ...casting, category: 'actor' }),
    );
    if ('missing' in outcome) return sendAdmin(request, reply, refuseCast(values, outcome.missing));
    const message = `Cast ${outcome.person} as ${casting.character} in “${outcome.title}”.`;
    return admin.redirect(request, reply, '/admin', message);
  });

  /** Sent from the overview and from the page of a user. */
  app.post<{ Params: { username: string } }>(
    '/admin/users/:username/entitlements',
    async (request, reply) => {
      const { username } = request.params;
      const form = readEntitlementsForm(request.body, await admin.edit(request, listTitleTypes), username);
      const ids = 'value' in form ? form.value.types.map((type) => type.title_type_id) : undefined;
      const exists = await admin.manage(request, (scope, actor) =>
        ids === undefined ? hasUser(scope, username) : setTitleTypes(scope, actor, username, ids),
      );
      if (!exists) throw notFound('user');
      if ('refused' in form) return sendAdmin(request, reply, form.refused);
      const labels = form.value.types.map((type) => type.label).join(', ');
      const isFromUser = textField(request.body, 'from') === 'user';
      const next = isFromUser ? `/admin/users/${encodeURIComponent(username)}` : '/admin';
      return admin.redirect(request, reply, next, `${username} can now see: ${labels || 'no titles'}.`);
    },
  );

  titleRoutes(app, hub, admin);
  peopleRoutes(app, hub, admin);
  userRoutes(app, hub, admin);
  auditRoutes(app, admin);
  // So that users who are not administrators get the same response for every path under /admin.
  app.all('/admin/*', async () => {
    throw notFound('page');
  });

  async function sendAdmin(request: FastifyRequest, reply: FastifyReply, refused?: RefusedForm) {
    const lists = await admin.edit(request, async (scope) => ({
      types: await listTitleTypes(scope),
      newest: {
        titles: await newestTitles(scope, newest),
        people: await newestPeople(scope, newest),
      },
    }));
    const users = await admin.manage(request, listUsers);
    return admin.send(request, reply, {
      title: 'Admin',
      active: 'admin',
      refused: refused !== undefined,
      render: (page) => adminView({ ...page, ...lists, users, refused }),
    });
  }
}
