import type { FastifyInstance } from 'fastify';
import { readAudit, readToolCalls } from '../data/read-audit';
import { textField } from '../form-fields';
import type { Hub } from '../hub-context';
import { auditView } from '../views/audit-view';
import type { AdminDesk } from './admin-desk';

/** Lines on one page. */
const pageSize = 50;

/** GET /admin/audit: who changed what, and which tools were called for whom. */
export function auditRoutes(app: FastifyInstance, _hub: Hub, desk: AdminDesk): void {
  app.get('/admin/audit', async (request, reply) => {
    const text = (name: string) => textField(request.query, name).trim().slice(0, 200);
    const filter = { actor: text('actor'), action: text('action'), subject: text('subject') };
    const olderThan = lineNumber(text('older'));
    const newerThan = lineNumber(text('newer'));
    const place = {
      ...(olderThan !== undefined && { olderThan }),
      ...(newerThan !== undefined && { newerThan }),
    };
    const found = await desk.manage(request, async (scope) =>
      text('tab') === 'tools'
        ? { tab: 'tools' as const, page: await readToolCalls(scope, filter, place, pageSize) }
        : { tab: 'changes' as const, page: await readAudit(scope, filter, place, pageSize) },
    );
    return desk.show(request, reply, {
      title: 'Audit · Admin',
      active: 'admin/audit',
      render: (page) => auditView(page.hub, filter, found),
    });
  });
}

/** Any other text begins at the newest line. */
function lineNumber(text: string): string | undefined {
  return /^\d{1,18}$/.test(text) ? text : undefined;
}
