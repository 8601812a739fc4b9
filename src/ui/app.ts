import cookie from '@fastify/cookie';
import csrfProtection from '@fastify/csrf-protection';
import formbody from '@fastify/formbody';
import rateLimit from '@fastify/rate-limit';
import session from '@fastify/session';
import statics from '@fastify/static';
import type { FastifyInstance, FastifyPluginAsync } from 'fastify';
import { MovieHubError } from 'movie-hub';
import { assetNames, openAssets } from './assets';
import { chatRoutes } from './chat/chat-routes';
import { handleErrors } from './errors';
import { createHub, type Hub, type HubOptions } from './hub-context';
import { requireAdmin, requirePrincipal } from './principal';
import { accountRoutes } from './routes/account-routes';
import { adminRoutes } from './routes/admin-routes';
import { healthRoutes } from './routes/health-routes';
import { loginRoutes, logoutRoutes } from './routes/login-routes';
import { movieRoutes } from './routes/movie-routes';
import { personRoutes } from './routes/person-routes';
import {
  bodyLimit,
  checkCsrfTokens,
  checkOrigins,
  forbidCaching,
  isReading,
  limitBodies,
  sendSafetyHeaders,
  warnOfOpenProxy,
} from './safety';
import { cookiePath, requireSession, sessionCookie } from './session/session';
import { createSessionStore } from './session/session-store';

/**
 * The hub as a Fastify plugin: login, movies, chat and administration.
 *
 * Under a prefix, its links, cookies and hooks are limited to that prefix.
 *
 * @throws MovieHubError `conflict` when another plugin has already decorated `request.session` in this scope.
 */
export const hub: FastifyPluginAsync<HubOptions> = async (app, options) => {
  if (app.hasRequestDecorator('session')) {
    throw new MovieHubError(
      'conflict',
      'Another plugin already defines request.session in this scope. Register the hub outside the scope of that plugin.',
    );
  }
  const context = createHub(options, app.prefix);
  warnOfOpenProxy(app);
  await sendSafetyHeaders(app, context);
  app.register(async (assets) => serveAssets(assets));
  app.register(async (health) => healthRoutes(health, context));
  app.register(async (pages) => servePages(pages, context));
};

async function serveAssets(app: FastifyInstance): Promise<void> {
  const names: ReadonlySet<string> = new Set(assetNames.map((name) => `/${name}`));
  await app.register(statics, {
    root: [...openAssets().folders],
    prefix: '/assets/',
    decorateReply: false,
    index: false,
    allowedPath: (path) => names.has(path),
    // The build writes compressed copies next to the files.
    preCompressed: true,
    // URLs include a hash of the content.
    maxAge: '365d',
    immutable: true,
  });
}

async function servePages(app: FastifyInstance, hub: Hub): Promise<void> {
  limitBodies(app);
  checkOrigins(app, hub);
  await openSessions(app, hub);
  if (!app.hasContentTypeParser('application/x-www-form-urlencoded')) {
    await app.register(formbody, { bodyLimit });
  }
  await app.register(rateLimit, { global: false });
  handleErrors(app, hub);
  forbidCaching(app);
  app.register(async (open) => {
    checkCsrfTokens(open);
    loginRoutes(open, hub);
  });
  app.register(async (signedIn) => {
    const requireLogin = requirePrincipal(hub);
    signedIn.addHook('onRequest', requireLogin);
    // Check again: the session may have ended while the body was being received.
    signedIn.addHook('preHandler', async (request, reply) =>
      isReading(request) ? undefined : requireLogin(request, reply),
    );
    checkCsrfTokens(signedIn);
    logoutRoutes(signedIn, hub);
    accountRoutes(signedIn, hub);
    movieRoutes(signedIn, hub);
    personRoutes(signedIn, hub);
    chatRoutes(signedIn, hub);
    signedIn.register(async (admin) => {
      admin.addHook('onRequest', requireAdmin);
      admin.addHook('preHandler', requireAdmin);
      adminRoutes(admin, hub);
    });
  });
}

async function openSessions(app: FastifyInstance, hub: Hub): Promise<void> {
  const { sessionSecret, secureCookies, pools } = hub.options;
  if (!app.hasRequestDecorator('cookies')) await app.register(cookie);
  await app.register(session, {
    secret: sessionSecret,
    cookieName: sessionCookie,
    cookie: {
      path: cookiePath(hub),
      httpOnly: true,
      sameSite: 'lax',
      secure: secureCookies ?? 'auto',
    },
    store: createSessionStore(pools.accounts, hub.sessionLimits),
    saveUninitialized: false,
    rolling: false,
  });
  app.addHook('onRequest', requireSession);
  await app.register(csrfProtection, { sessionPlugin: '@fastify/session' });
}
