import type { FastifyInstance } from 'fastify';
import { readAudit, readToolCalls } from '../data/read-audit';
import { textField } from '../form-fields';
import { auditView } from '../views/audit-view';
import type { AdminContext } from './admin-context';

/** Rows on a page. */
const pageSize = 50;

/** GET /admin/audit: changes and tool calls. */
export function auditRoutes(app: FastifyInstance, admin: AdminContext): void {
  app.get('/admin/audit', async (request, reply) => {
    const text = (name: string) => textField(request.query, name).trim().slice(0, 200);
    const filter = { actor: text('actor'), action: text('action'), subject: text('subject') };
    const olderThan = lineNumber(text('older'));
    const newerThan = lineNumber(text('newer'));
    const position = {
      ...(olderThan !== undefined && { olderThan }),
      ...(newerThan !== undefined && { newerThan }),
    };
    const found = await admin.manage(request, async (scope) =>
      text('tab') === 'tools'
        ? { tab: 'tools' as const, page: await readToolCalls(scope, filter, position, pageSize) }
        : { tab: 'changes' as const, page: await readAudit(scope, filter, position, pageSize) },
    );
    return admin.send(request, reply, {
      title: 'Audit · Admin',
      active: 'admin/audit',
      render: (page) => auditView(page.hub, filter, found),
    });
  });
}

function lineNumber(text: string): string | undefined {
  return /^\d{1,18}$/.test(text) ? text : undefined;
}
