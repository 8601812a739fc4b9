import type { FastifyInstance, FastifyReply } from 'fastify';
import { movieEntitlements, withEntitlements } from 'movie-hub';
import { listTitleTypes } from '../data/edit-titles';
import { findDemoUsers } from '../data/users';
import type { Hub } from '../hub-context';
import { withAccounts, withEditor } from '../scopes';

/** Timeout of the database checks, in ms. */
const timeoutMs = 2_000;
/** How long a result is cached, in ms, because anyone may send these requests. */
const cacheMs = 1_000;

/**
 * For load balancers: GET /healthz succeeds while the process runs, GET /readyz while the three pools work and the server is not
 * stopping. They need no session, and reasons appear only in the log.
 */
export function healthRoutes(app: FastifyInstance, hub: Hub): void {
  let isStopping = false;
  let last: { at: number; isReady: Promise<boolean> } | undefined;
  app.addHook('preClose', async () => {
    isStopping = true;
  });

  app.get('/healthz', async (_request, reply) => answer(reply, true));

  app.get('/readyz', async (request, reply) => {
    if (isStopping) return answer(reply, false);
    if (last === undefined || Date.now() - last.at > cacheMs) {
      const isReady = checkDatabases(hub).then(
        () => true,
        (cause) => {
          request.log.error({ err: cause }, 'not ready');
          return false;
        },
      );
      last = { at: Date.now(), isReady };
    }
    return answer(reply, await last.isReady);
  });
}

function answer(reply: FastifyReply, isOk: boolean) {
  return reply
    .code(isOk ? 200 : 503)
    .header('Cache-Control', 'no-store')
    .type('text/plain; charset=utf-8')
    .send(isOk ? 'ok\n' : 'not ready\n');
}

/** One after the other: the embedded database has a single connection. */
async function checkDatabases({ options: { pools } }: Hub): Promise<void> {
  const options = { signal: AbortSignal.timeout(timeoutMs) };
  await withAccounts(pools.accounts, (scope) => findDemoUsers(scope, []), options);
  await withEditor(pools.editor, { username: 'readyz' }, listTitleTypes, options);
  await withEntitlements(pools.reader, movieEntitlements({ titleTypes: [1] }), listTitleTypes, options);
}
