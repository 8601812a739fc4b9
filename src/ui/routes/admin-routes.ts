import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type EditScope, MovieHubError, withAccounts, withEditor } from 'movie-hub';
import { castPerson, createPerson, createTitle, listNewest, listTitleTypes } from '../data/edit-titles';
import { hasUser, listUsers, setTitleTypes } from '../data/users';
import type { Hub } from '../hub-context';
import { principalOf } from '../principal';
import { sendPage } from '../send-page';
import { keepFlash, takeFlash } from '../session/session';
import { adminView, type RefusedForm } from '../views/admin-view';
import { readCastForm, readEntitlementsForm, readPersonForm, readTitleForm, refuseCast } from './admin-forms';

/** GET /admin, and a POST for each of its forms: titles, people, cast, and what a user may see. */
export function adminRoutes(app: FastifyInstance, hub: Hub): void {
  const { editor, accounts } = hub.options.pools;
  const edit = <Result>(request: FastifyRequest, work: (scope: EditScope) => Promise<Result>) =>
    withEditor(editor, principalOf(request), work);

  app.get('/admin', (request, reply) => sendAdmin(request, reply));

  app.post('/admin/titles', async (request, reply) => {
    const form = readTitleForm(request.body, await edit(request, listTitleTypes));
    if ('refused' in form) return sendAdmin(request, reply, form.refused);
    const { title, type, startYear } = form.value;
    await edit(request, (scope) =>
      createTitle(scope, principalOf(request), {
        title,
        title_type: type.title_type_id,
        start_year: startYear,
      }),
    );
    return done(request, reply, `Created “${title}” (${type.label}).`);
  });

  app.post('/admin/people', async (request, reply) => {
    const form = readPersonForm(request.body);
    if ('refused' in form) return sendAdmin(request, reply, form.refused);
    await edit(request, (scope) => createPerson(scope, principalOf(request), form.value.name));
    return done(request, reply, `Created the person ${form.value.name}.`);
  });

  app.post('/admin/cast', async (request, reply) => {
    const form = readCastForm(request.body);
    if ('refused' in form) return sendAdmin(request, reply, form.refused);
    const { values, ...casting } = form.value;
    const outcome = await edit(request, (scope) => castPerson(scope, principalOf(request), casting));
    if ('missing' in outcome) return sendAdmin(request, reply, refuseCast(values, outcome.missing));
    return done(request, reply, `Cast ${outcome.person} as ${casting.character} in “${outcome.title}”.`);
  });

  app.post<{ Params: { username: string } }>(
    '/admin/users/:username/entitlements',
    async (request, reply) => {
      const { username } = request.params;
      const types = await edit(request, listTitleTypes);
      const form = readEntitlementsForm(request.body, types, username);
      const ids = 'value' in form ? form.value.types.map((type) => type.title_type_id) : undefined;
      const isKnown = await withAccounts(accounts, (scope) =>
        ids === undefined
          ? hasUser(scope, username)
          : setTitleTypes(scope, principalOf(request), username, ids),
      );
      if (!isKnown) throw new MovieHubError('not_found', 'There is no such user.');
      if ('refused' in form) return sendAdmin(request, reply, form.refused);
      const labels = form.value.types.map((type) => type.label).join(', ');
      return done(request, reply, `${username} may now see: ${labels || 'no titles'}.`);
    },
  );

  async function sendAdmin(request: FastifyRequest, reply: FastifyReply, refused?: RefusedForm) {
    const lists = await edit(request, async (scope) => ({
      types: await listTitleTypes(scope),
      newest: await listNewest(scope),
    }));
    const users = await withAccounts(accounts, listUsers);
    const csrfToken = reply.generateCsrf();
    const flash = refused === undefined ? await takeFlash(request) : undefined;
    const content = adminView({ hub, csrfToken, ...lists, users, flash, refused });
    const title = refused === undefined ? 'Admin' : 'Error · Admin';
    const status = refused === undefined ? 200 : 422;
    return sendPage(hub, request, reply, { title, active: 'admin', content, status });
  }

  async function done(request: FastifyRequest, reply: FastifyReply, message: string) {
    await keepFlash(request, message);
    return reply.redirect(hub.url('/admin'), 303);
  }
}
