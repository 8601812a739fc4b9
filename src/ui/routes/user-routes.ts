import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { listTitleTypes } from '../data/edit-titles';
import {
  createUser,
  findAccount,
  pageUsers,
  setAdmin,
  setDisabled,
  setPassword,
  signOutEverywhere,
} from '../data/manage-users';
import { hasUser, isUsername, noPassword } from '../data/users';
import { textField } from '../form-fields';
import type { Hub } from '../hub-context';
import { principalOf } from '../principal';
import { hashPassword, initialPassword } from '../session/password';
import type { FormState } from '../views/form-field';
import { newPasswordView, userPageView } from '../views/user-edit-view';
import { userListView } from '../views/user-list-view';
import { type AdminContext, notFound } from './admin-context';
import { readEntitlementsForm } from './admin-forms';
import { readTextFields } from './read-fields';

/** Users on a page. */
const pageSize = 50;

type ByName = { Params: { username: string } };

/** Users: a list, a new user, and for each the entitlements, password, sessions and access. */
export function userRoutes(app: FastifyInstance, hub: Hub, admin: AdminContext): void {
  const active = 'admin/users';
  const hasPasswords = hub.options.login === undefined;

  app.get('/admin/users', (request, reply) => sendList(request, reply));

  app.post('/admin/users', async (request, reply) => {
    const values = readTextFields(request.body, ['username', 'is_admin']);
    const types = await admin.edit(request, listTitleTypes);
    const username = values.username.toLowerCase();
    const entitlements = readEntitlementsForm(request.body, types, username);
    const typed = 'value' in entitlements ? entitlements.value.types : [];
    const title_types = typed.map((type) => type.title_type_id).join(',');
    const refuse = (errors: FormState['errors']) =>
      sendList(request, reply, { values: { ...values, title_types }, errors });
    if (!isUsername(username)) {
      return refuse({
        username: 'Use up to 64 lower case letters, digits and . _ @ -. Start with a letter or digit.',
      });
    }
    if ('refused' in entitlements) return refuse(entitlements.refused.errors);
    // Checked before the slow hashing; createUser checks it again.
    const taken = { username: 'This user name is taken.' };
    if (await admin.manage(request, (scope) => hasUser(scope, username))) return refuse(taken);
    const password = hasPasswords ? initialPassword() : undefined;
    const user = {
      username,
      passwordHash: password === undefined ? noPassword : await hashPassword(password),
      isAdmin: values.is_admin === 'yes',
      titleTypes: typed.map((type) => type.title_type_id),
    };
    if (!(await admin.manage(request, (scope, actor) => createUser(scope, actor, user))))
      return refuse(taken);
    if (password === undefined)
      return admin.redirect(request, reply, pathOf(username), `Created ${username}.`);
    return sendPassword(request, reply, { username, password, isNew: true });
  });

  app.get<ByName>('/admin/users/:username', (request, reply) => sendUser(request, reply));

  app.post<ByName>('/admin/users/:username/password', async (request, reply) => {
    const { username } = request.params;
    if (!hasPasswords || !(await admin.manage(request, (scope) => hasUser(scope, username))))
      throw notFound('user');
    const password = initialPassword();
    const hash = await hashPassword(password);
    if (!(await admin.manage(request, (scope, actor) => setPassword(scope, actor, username, hash))))
      throw notFound('user');
    return sendPassword(request, reply, { username, password, isNew: false });
  });

  app.post<ByName>('/admin/users/:username/disabled', async (request, reply) => {
    const isDisabled = textField(request.body, 'disabled') === 'yes';
    const done = isDisabled ? 'is disabled and logged out everywhere' : 'can log in again';
    return change(request, reply, done, (username) =>
      admin.manage(request, (scope, actor) => setDisabled(scope, actor, username, isDisabled)),
    );
  });

  app.post<ByName>('/admin/users/:username/admin', async (request, reply) => {
    const isAdmin = textField(request.body, 'admin') === 'yes';
    return change(
      request,
      reply,
      isAdmin ? 'is now an administrator' : 'is no longer an administrator',
      (name) => admin.manage(request, (scope, actor) => setAdmin(scope, actor, name, isAdmin)),
    );
  });

  app.post<ByName>('/admin/users/:username/sign-out', (request, reply) =>
    change(request, reply, 'is logged out everywhere', (username) =>
      admin.manage(request, async (scope, actor) => {
        await signOutEverywhere(scope, actor, username);
        return undefined;
      }),
    ),
  );

  /** Changes an existing user; a refusal is shown on the user's page. */
  async function change(
    request: FastifyRequest<ByName>,
    reply: FastifyReply,
    done: string,
    work: (username: string) => Promise<string | undefined>,
  ): Promise<FastifyReply> {
    const { username } = request.params;
    if (!(await admin.manage(request, (scope) => hasUser(scope, username)))) throw notFound('user');
    const refusal = await work(username);
    if (refusal !== undefined) return sendUser(request, reply, refusal);
    return admin.redirect(request, reply, pathOf(username), `${username} ${done}.`);
  }

  async function sendList(request: FastifyRequest, reply: FastifyReply, refused?: FormState) {
    const prefix = textField(request.query, 'q').trim().toLowerCase().slice(0, 64);
    const after = textField(request.query, 'after').slice(0, 64);
    const types = await admin.edit(request, listTitleTypes);
    const users = await admin.manage(request, (scope) =>
      pageUsers(scope, { prefix, after, limit: pageSize + 1 }),
    );
    const list = { prefix, types, users: users.slice(0, pageSize), hasMore: users.length > pageSize };
    return admin.send(request, reply, {
      title: 'Users · Admin',
      active,
      refused: refused !== undefined,
      render: (page) => userListView(page, { ...list, hasPasswords, state: refused }),
    });
  }

  async function sendUser(request: FastifyRequest<ByName>, reply: FastifyReply, refused?: string) {
    const { username } = request.params;
    const account = isUsername(username)
      ? await admin.manage(request, (scope) => findAccount(scope, username))
      : undefined;
    if (account === undefined) throw notFound('user');
    const types = await admin.edit(request, listTitleTypes);
    return admin.send(request, reply, {
      title: `${username} · Admin`,
      active,
      refused: refused ?? false,
      render: (page) =>
        userPageView(page, {
          account,
          types,
          hasPasswords,
          isSelf: principalOf(request).username === username,
        }),
    });
  }

  /** The only response with the password, which is in no session, log or audit row. */
  function sendPassword(
    request: FastifyRequest,
    reply: FastifyReply,
    view: { username: string; password: string; isNew: boolean },
  ) {
    return admin.send(request, reply, {
      title: `Password of ${view.username} · Admin`,
      active,
      render: (page) => newPasswordView(page, view),
    });
  }

  function pathOf(username: string): string {
    return `/admin/users/${encodeURIComponent(username)}`;
  }
}
