import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { setPassword } from '../data/manage-users';
import { endOwnSession, endSessionsOf, listSessions } from '../data/sessions';
import { findPasswordHash, maxPasswordLength } from '../data/users';
import { textField } from '../form-fields';
import type { Hub } from '../hub-context';
import { lockPrincipal, principalOf } from '../principal';
import { withAccounts } from '../scopes';
import { sendPage } from '../send-page';
import { hashPassword, verifyPassword } from '../session/password';
import { sessionHashOf, setFlash, signOut, takeFlash } from '../session/session';
import { accountView } from '../views/account-view';
import type { FormState } from '../views/form-field';
import { noticeView } from '../views/notice-view';
import { loggedOutPath } from './login-routes';

/** Minimum length of a password chosen by a user, in characters. */
const minPasswordLength = 8;

/** The user's own account: GET /account, ending sessions, and changing the password. */
export function accountRoutes(app: FastifyInstance, hub: Hub): void {
  const { pools, login, loginsPerMinute: max = 10 } = hub.options;
  const hasPasswords = login === undefined;
  const limit = app.createRateLimit({
    max,
    timeWindow: 60_000,
    keyGenerator: (request) => `password of ${principalOf(request).username}`,
  });

  app.get('/account', (request, reply) => sendAccount(request, reply));

  app.post('/account/sessions/end', async (request, reply) => {
    const hash = textField(request.body, 'session');
    if (hash === sessionHashOf(request)) return logOut(request, reply);
    const { username } = principalOf(request);
    const isEnded = await withAccounts(pools.accounts, (scope) => endOwnSession(scope, username, hash));
    await setFlash(request, isEnded ? 'Session ended.' : 'That session had already ended.');
    return reply.redirect(hub.url('/account'), 303);
  });

  app.post('/account/sessions/end-all', async (request, reply) => {
    await withAccounts(pools.accounts, (scope) => endSessionsOf(scope, principalOf(request).username));
    return logOut(request, reply);
  });

  if (hasPasswords) {
    app.post('/account/password', async (request, reply) => {
      const { username } = principalOf(request);
      const current = textField(request.body, 'current');
      const wanted = textField(request.body, 'wanted');
      const refuse = (errors: FormState['errors'], status = 422) =>
        sendAccount(request, reply, { values: {}, errors }, status);
      if (wanted.length < minPasswordLength || wanted.length > maxPasswordLength) {
        return refuse({ wanted: `Use ${minPasswordLength} to ${maxPasswordLength} characters.` });
      }
      const attempts = await limit(request);
      if (!attempts.isAllowed && attempts.isExceeded) {
        reply.header('Retry-After', attempts.ttlInSeconds);
        return refuse({ current: 'Too many attempts. Wait a minute, then try again.' }, 429);
      }
      const stored = await withAccounts(pools.accounts, (scope) => findPasswordHash(scope, username));
      if (!(await verifyPassword(current, stored))) {
        return refuse({ current: 'Wrong password.' });
      }
      const hash = await hashPassword(wanted);
      const except = sessionHashOf(request);
      await withAccounts(pools.accounts, async (scope) =>
        setPassword(scope, await lockPrincipal(scope, principalOf(request)), username, hash, except),
      );
      await setFlash(request, 'Password changed. Your other sessions have ended.');
      return reply.redirect(hub.url('/account'), 303);
    });
  }

  async function logOut(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    await signOut(request, reply, hub);
    return reply.redirect(loggedOutPath(hub), 303);
  }

  async function sendAccount(
    request: FastifyRequest,
    reply: FastifyReply,
    refused?: FormState,
    status = 200,
  ): Promise<FastifyReply> {
    const principal = principalOf(request);
    const { idleMinutes } = hub.sessionLimits;
    const sessions = await withAccounts(pools.accounts, (scope) =>
      listSessions(scope, principal.username, idleMinutes),
    );
    const flash = refused === undefined ? await takeFlash(request) : undefined;
    const content = accountView({
      hub,
      csrfToken: reply.generateCsrf(),
      notice: noticeView(flash, refused !== undefined),
      principal,
      sessions,
      current: sessionHashOf(request),
      hasPasswords,
      state: refused,
    });
    return sendPage(hub, request, reply, { title: 'Your account', active: 'account', content, status });
  }
}
