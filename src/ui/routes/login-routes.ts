import type { FastifyInstance } from 'fastify';
import { findPasswordHash, isUsername } from '../data/users';
import { readDemoUsers } from '../demo-users';
import { textField } from '../form-fields';
import type { Hub } from '../hub-context';
import { nextPath } from '../next-path';
import { loadPrincipal } from '../principal';
import { withAccounts } from '../scopes';
import { sendPage } from '../send-page';
import { limitLogins, rememberDevice } from '../session/login-limits';
import { matches, withHashingSlot } from '../session/password';
import { openAnonymously, signIn, signOut } from '../session/session';
import { loginView } from '../views/login-view';
import { loginStepRoutes } from './login-step';

/** In ms. */
const timeWindow = 60_000;

/** GET /, and GET /login with the password form or the host app's login function. */
export function loginRoutes(app: FastifyInstance, hub: Hub): void {
  const { login, loginsPerMinute: max = 10 } = hub.options;
  // Opening the page without a session creates one.
  const rateLimit = { max: max * 20, timeWindow };

  app.get('/', async (request, reply) => {
    const principal = await loadPrincipal(hub, request);
    return reply.redirect(hub.url(principal ? '/movies' : '/login'), 303);
  });

  if (login === undefined) passwordRoutes(app, hub, max, rateLimit);
  else loginStepRoutes(app, hub, login, rateLimit);
}

/** POST /logout. */
export function logoutRoutes(app: FastifyInstance, hub: Hub): void {
  app.post('/logout', async (request, reply) => {
    await signOut(request, reply, hub);
    return reply.redirect(loggedOutPath(hub), 303);
  });
}

/** Returns the page after logout. It must not be /login with an identity provider, which would sign the user in again at once. */
export function loggedOutPath(hub: Hub): string {
  return hub.url(hub.options.login === undefined ? '/login' : '/logged-out');
}

function passwordRoutes(
  app: FastifyInstance,
  hub: Hub,
  max: number,
  rateLimit: { max: number; timeWindow: number },
): void {
  const { accounts } = hub.options.pools;
  const secondsToWait = limitLogins(app, hub, max);

  app.get('/login', { config: { rateLimit } }, async (request, reply) => {
    const next = nextPath(hub, textField(request.query, 'next'));
    if ((await loadPrincipal(hub, request)) !== undefined) {
      return reply.redirect(next ?? hub.url('/movies'), 303);
    }
    const csrfToken = await openAnonymously(request, reply);
    const content = loginView({ hub, csrfToken, next, demoUsers: await readDemoUsers(hub) });
    return sendPage(hub, request, reply, { title: 'Log in', content });
  });

  app.post('/login', async (request, reply) => {
    const username = textField(request.body, 'username').trim().toLowerCase();
    const password = textField(request.body, 'password');
    const next = nextPath(hub, textField(request.body, 'next'));
    const refuse = async (status: number, problem: string) => {
      const view = { hub, csrfToken: reply.generateCsrf(), next, demoUsers: await readDemoUsers(hub) };
      const content = loginView({ ...view, problem, username });
      return sendPage(hub, request, reply, { title: 'Log in', content, status });
    };
    const wait = await secondsToWait(request, username);
    if (wait > 0) {
      reply.header('Retry-After', wait);
      return refuse(429, 'Too many attempts. Wait a minute, then try again.');
    }
    // A missing account and a wrong password must look the same: message, duration, and refusal under load.
    const isRight = await withHashingSlot(async () => {
      const hash = isUsername(username)
        ? await withAccounts(accounts, (scope) => findPasswordHash(scope, username))
        : undefined;
      return matches(password, hash);
    });
    if (!isRight) return refuse(401, 'Wrong user name or password.');
    rememberDevice(hub, reply, username);
    await signIn(request, reply, username);
    return reply.redirect(next ?? hub.url('/movies'), 303);
  });
}
