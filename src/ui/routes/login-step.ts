import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { isMovieHubError } from 'movie-hub';
import { isOpenAccount } from '../data/users';
import { textField } from '../form-fields';
import type { Hub, LoginFunction, LoginOutcome } from '../hub-context';
import { nextPath } from '../next-path';
import { loadPrincipal } from '../principal';
import { withAccounts } from '../scopes';
import { sendPage } from '../send-page';
import { keepSigningIn, signIn, takeSigningIn } from '../session/session';
import { signedOutView } from '../views/login-view';

/** GET /login for a hub whose host knows who people are, and GET /logged-out, where it does not sign in by itself again. */
export function loginStepRoutes(
  app: FastifyInstance,
  hub: Hub,
  login: LoginFunction,
  rateLimit: { max: number; timeWindow: number },
): void {
  app.get('/login', { config: { rateLimit } }, async (request, reply) => {
    const asked = nextPath(hub, textField(request.query, 'next'));
    if ((await loadPrincipal(hub, request)) !== undefined) {
      return reply.redirect(asked ?? hub.url('/movies'), 303);
    }
    const before = await takeSigningIn(request);
    const next = asked ?? before?.next ?? hub.url('/movies');
    const outcome = await outcomeOf(login, request, reply, before?.kept);
    if (reply.sent) return reply;
    if (outcome === undefined) return refuse(request, reply);
    if ('redirect' in outcome) {
      await keepSigningIn(request, { next, kept: outcome.keep });
      return reply.redirect(outcome.redirect, 303);
    }
    const username = outcome.username.trim().toLowerCase();
    const isOpen = await withAccounts(hub.options.pools.accounts, (scope) => isOpenAccount(scope, username));
    if (!isOpen) return refuse(request, reply);
    await signIn(request, reply, username);
    return reply.redirect(next, 303);
  });

  app.get('/logged-out', async (request, reply) => {
    const content = signedOutView({ hub, heading: 'You are logged out', link: 'Log in again' });
    return sendPage(hub, request, reply, { title: 'Logged out', content });
  });

  /** An account that is not there, one that is closed and a refusal of the function look the same. */
  function refuse(request: FastifyRequest, reply: FastifyReply): FastifyReply {
    const content = signedOutView({
      hub,
      heading: 'You could not be logged in',
      problem: 'Try once more. If it does not help, ask an administrator whether you have an account here.',
      link: 'Try again',
    });
    return sendPage(hub, request, reply, { title: 'Not logged in', content, status: 403 });
  }
}

/** What others throw (a wrong state, a provider that is away) is a refusal, and in the log. */
async function outcomeOf(
  login: LoginFunction,
  request: FastifyRequest,
  reply: FastifyReply,
  kept: Readonly<Record<string, string>> | undefined,
): Promise<LoginOutcome> {
  try {
    return await login(request, { kept, reply });
  } catch (error) {
    if (isMovieHubError(error)) throw error;
    request.log.warn({ err: error }, 'The login function failed.');
    return undefined;
  }
}
