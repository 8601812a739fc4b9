import type { FastifyReply, FastifyRequest } from 'fastify';
import { MovieHubError } from 'movie-hub';
import { lockAdmin } from '../data/manage-users';
import { parseInteger } from '../form-fields';
import type { Html } from '../html';
import type { Hub, Principal } from '../hub-context';
import { runQueued } from '../principal';
import { readTimeoutMs } from '../request-limits';
import { isReading } from '../safety';
import { type AccountScope, type EditScope, withAccounts, withEditor } from '../scopes';
import { sendPage } from '../send-page';
import { setFlash, takeFlash } from '../session/session';
import type { Section } from '../views/layout';
import { type AdminPage, noticeView } from '../views/notice-view';

/** An admin page to send. */
export interface AdminPageOptions {
  title: string;
  active: Section;
  /** True when a form had errors; a text is shown instead of the general message. */
  refused?: boolean | string;
  render: (page: AdminPage) => Html;
}

/** Shared by the admin pages: work in a scope, pages, and redirects with a message. */
export interface AdminContext {
  /** Runs work on titles and people as the user. `addEdit` checks that they are still an administrator. */
  edit<Result>(
    request: FastifyRequest,
    work: (scope: EditScope, actor: Principal) => Promise<Result>,
  ): Promise<Result>;
  /** Runs work on users and the audit trail as the user; for a form it locks the user as an administrator. */
  manage<Result>(
    request: FastifyRequest,
    work: (scope: AccountScope, actor: Principal) => Promise<Result>,
  ): Promise<Result>;
  send(request: FastifyRequest, reply: FastifyReply, view: AdminPageOptions): Promise<FastifyReply>;
  redirect(
    request: FastifyRequest,
    reply: FastifyReply,
    path: string,
    message: string,
  ): Promise<FastifyReply>;
}

/** Creates what the admin pages share. */
export function createAdminContext(hub: Hub): AdminContext {
  const { editor, accounts } = hub.options.pools;
  return {
    edit(request, work) {
      return runQueued(hub, request, (actor) =>
        withEditor(editor, actor, (scope) => work(scope, actor), timeoutOf(request)),
      );
    },
    manage(request, work) {
      return runQueued(hub, request, (actor) =>
        withAccounts(
          accounts,
          async (scope) => {
            if (!isReading(request)) await lockAdmin(scope, actor);
            return work(scope, actor);
          },
          timeoutOf(request),
        ),
      );
    },
    async send(request, reply, { title, active, refused = false, render }) {
      const csrfToken = reply.generateCsrf();
      const flash = refused === false ? await takeFlash(request) : undefined;
      const content = render({ hub, csrfToken, notice: noticeView(flash, refused) });
      return sendPage(hub, request, reply, {
        title: refused === false ? title : `Error · ${title}`,
        active,
        content,
        status: refused === false ? 200 : 422,
      });
    },
    async redirect(request, reply, path, message) {
      await setFlash(request, message);
      return reply.redirect(hub.url(path), 303);
    },
  };
}

/**
 * Returns the id in a path.
 *
 * @throws MovieHubError `not_found` for text that is not an id.
 */
export function idIn(text: string, what: string): number {
  const id = parseInteger(text);
  if (id === undefined || id < 0) throw notFound(what);
  return id;
}

/** Forms may take longer: deleting a title deletes its whole cast. */
function timeoutOf(request: FastifyRequest): { statementTimeoutMs?: number } {
  return isReading(request) ? { statementTimeoutMs: readTimeoutMs } : {};
}

/** Returns the error for a missing title, person or user. */
export function notFound(what: string): MovieHubError {
  return new MovieHubError('not_found', `There is no such ${what}.`);
}
