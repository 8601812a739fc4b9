import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { listTitleTypes } from '../data/edit-titles';
import { hasUser, setTitleTypes } from '../data/users';
import { textField } from '../form-fields';
import type { RefusedForm } from '../views/admin-view';
import { type AdminDesk, notFound } from './admin-desk';
import { readEntitlementsForm } from './admin-forms';

/** POST /admin/users/:username/entitlements, from the overview and from the page of a user. */
export function entitlementRoutes(
  app: FastifyInstance,
  desk: AdminDesk,
  refuse: (request: FastifyRequest, reply: FastifyReply, refused: RefusedForm) => Promise<FastifyReply>,
): void {
  app.post<{ Params: { username: string } }>(
    '/admin/users/:username/entitlements',
    async (request, reply) => {
      const { username } = request.params;
      const types = await desk.edit(request, listTitleTypes);
      const form = readEntitlementsForm(request.body, types, username);
      const ids = 'value' in form ? form.value.types.map((type) => type.title_type_id) : undefined;
      const isKnown = await desk.manage(request, (scope, actor) =>
        ids === undefined ? hasUser(scope, username) : setTitleTypes(scope, actor, username, ids),
      );
      if (!isKnown) throw notFound('user');
      if ('refused' in form) return refuse(request, reply, form.refused);
      const labels = form.value.types.map((type) => type.label).join(', ');
      const isFromUser = textField(request.body, 'from') === 'user';
      const next = isFromUser ? `/admin/users/${encodeURIComponent(username)}` : '/admin';
      return desk.done(request, reply, next, `${username} may now see: ${labels || 'no titles'}.`);
    },
  );
}
