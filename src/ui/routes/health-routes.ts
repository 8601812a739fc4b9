import type { FastifyInstance, FastifyReply } from 'fastify';
import { movieEntitlements, withEntitlements } from 'movie-hub';
import { listTitleTypes } from '../data/edit-titles';
import { findDemoUsers } from '../data/users';
import type { Hub } from '../hub-context';
import { withAccounts, withEditor } from '../scopes';

/** Time for the databases to answer, in ms. */
const patienceMs = 2_000;
/** How long an answer holds, in ms: anyone may ask, and asking must not load the databases. */
const freshMs = 1_000;

/**
 * What a load balancer asks: GET /healthz, whether the process lives, and GET /readyz, whether each of the three pools
 * answers and the server is not stopping. Neither needs a session, and neither says why not: the log does.
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
    if (last === undefined || Date.now() - last.at > freshMs) {
      const isReady = askDatabases(hub).then(
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

function answer(reply: FastifyReply, isWell: boolean) {
  return reply
    .code(isWell ? 200 : 503)
    .header('Cache-Control', 'no-store')
    .type('text/plain; charset=utf-8')
    .send(isWell ? 'ok\n' : 'not ready\n');
}

/** One after the other: the embedded database has one connection for all of them. */
async function askDatabases({ options: { pools } }: Hub): Promise<void> {
  const options = { signal: AbortSignal.timeout(patienceMs) };
  await withAccounts(pools.accounts, (scope) => findDemoUsers(scope, []), options);
  await withEditor(pools.editor, { username: 'readyz' }, listTitleTypes, options);
  await withEntitlements(pools.reader, movieEntitlements({ titleTypes: [1] }), listTitleTypes, options);
}
