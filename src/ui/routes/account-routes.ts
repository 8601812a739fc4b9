import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { setPassword } from '../data/manage-users';
import { endOwnSession, endSessionsOf, listSessions } from '../data/sessions';
import { findPasswordHash, longestPassword } from '../data/users';
import { textField } from '../form-fields';
import type { Hub } from '../hub-context';
import { lockPrincipal, principalOf } from '../principal';
import { withAccounts } from '../scopes';
import { sendPage } from '../send-page';
import { hashPassword, verifyPassword } from '../session/password';
import { keepFlash, sessionHashOf, signOut, takeFlash } from '../session/session';
import { accountView } from '../views/account-view';
import type { FormState } from '../views/form-field';
import { noticeView } from '../views/notice-view';
import { loggedOutPath } from './login-routes';

/** Shortest password that a person may choose, in characters. */
const shortestPassword = 8;

/** What users do with their own account: GET /account, ending sessions, and another password. */
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
    if (hash === sessionHashOf(request)) return leave(request, reply);
    const { username } = principalOf(request);
    const isEnded = await withAccounts(pools.accounts, (scope) => endOwnSession(scope, username, hash));
    await keepFlash(request, isEnded ? 'That session is ended.' : 'That session had ended already.');
    return reply.redirect(hub.url('/account'), 303);
  });

  app.post('/account/sessions/end-all', async (request, reply) => {
    await withAccounts(pools.accounts, (scope) => endSessionsOf(scope, principalOf(request).username));
    return leave(request, reply);
  });

  if (hasPasswords) {
    app.post('/account/password', async (request, reply) => {
      const { username } = principalOf(request);
      const current = textField(request.body, 'current');
      const wanted = textField(request.body, 'wanted');
      const refuse = (errors: FormState['errors'], status = 422) =>
        sendAccount(request, reply, { values: {}, errors }, status);
      if (wanted.length < shortestPassword || wanted.length > longestPassword) {
        return refuse({ wanted: `Use ${shortestPassword} to ${longestPassword} characters.` });
      }
      const tries = await limit(request);
      if (!tries.isAllowed && tries.isExceeded) {
        reply.header('Retry-After', tries.ttlInSeconds);
        return refuse({ current: 'Too many tries. Wait a minute, then try again.' }, 429);
      }
      const stored = await withAccounts(pools.accounts, (scope) => findPasswordHash(scope, username));
      if (!(await verifyPassword(current, stored))) {
        return refuse({ current: 'This is not your password.' });
      }
      const hash = await hashPassword(wanted);
      const except = sessionHashOf(request);
      await withAccounts(pools.accounts, async (scope) =>
        setPassword(scope, await lockPrincipal(scope, principalOf(request)), username, hash, except),
      );
      await keepFlash(request, 'Your password is changed, and your other sessions are ended.');
      return reply.redirect(hub.url('/account'), 303);
    });
  }

  async function leave(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
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
