import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { isMovieHubError } from 'movie-hub';
import { findPasswordHash } from '../data/users';
import { textField } from '../form-fields';
import type { Hub, LoginFunction, LoginOutcome } from '../hub-context';
import { nextPath } from '../next-path';
import { loadPrincipal } from '../principal';
import { withAccounts } from '../scopes';
import { sendPage } from '../send-page';
import { savePendingLogin, signIn, takePendingLogin } from '../session/session';
import { signedOutView } from '../views/login-view';

/** GET /login with the host app's login function, and GET /logged-out, which does not start a new login. */
export function loginStepRoutes(
  app: FastifyInstance,
  hub: Hub,
  login: LoginFunction,
  rateLimit: { max: number; timeWindow: number },
): void {
  app.get('/login', { config: { rateLimit } }, async (request, reply) => {
    const requested = nextPath(hub, textField(request.query, 'next'));
    if ((await loadPrincipal(hub, request)) !== undefined) {
      return reply.redirect(requested ?? hub.url('/movies'), 303);
    }
    const pending = await takePendingLogin(request);
    const next = requested ?? pending?.next ?? hub.url('/movies');
    const outcome = await outcomeOf(login, request, reply, pending?.saved);
    if (reply.sent) return reply;
    if (outcome === undefined) return refuse(request, reply);
    if ('redirect' in outcome) {
      await savePendingLogin(request, { next, saved: outcome.save });
      return reply.redirect(outcome.redirect, 303);
    }
    const username = outcome.username.trim().toLowerCase();
    const { accounts } = hub.options.pools;
    const hash = await withAccounts(accounts, (scope) => findPasswordHash(scope, username));
    if (hash === undefined) return refuse(request, reply);
    await signIn(request, reply, username);
    return reply.redirect(next, 303);
  });

  app.get('/logged-out', async (request, reply) => {
    const content = signedOutView({ hub, heading: 'You are logged out', link: 'Log in again' });
    return sendPage(hub, request, reply, { title: 'Logged out', content });
  });

  /** A missing account, a disabled one, and a refusal by the function look the same. */
  function refuse(request: FastifyRequest, reply: FastifyReply): FastifyReply {
    const content = signedOutView({
      hub,
      heading: 'Login failed',
      problem: 'Try again. If that does not help, ask an administrator whether you have an account here.',
      link: 'Try again',
    });
    return sendPage(hub, request, reply, { title: 'Not logged in', content, status: 403 });
  }
}

/** Errors of other libraries (an invalid state, an unavailable provider) count as a refusal, and are logged. */
async function outcomeOf(
  login: LoginFunction,
  request: FastifyRequest,
  reply: FastifyReply,
  saved: Readonly<Record<string, string>> | undefined,
): Promise<LoginOutcome> {
  try {
    return await login(request, { saved, reply });
  } catch (error) {
    if (isMovieHubError(error)) throw error;
    request.log.warn({ err: error }, 'The login function failed.');
    return undefined;
  }
}
