import type { FastifyReply, FastifyRequest } from 'fastify';
import { MovieHubError } from 'movie-hub';
import { requireAdminStill } from '../data/manage-users';
import { integerOf } from '../form-fields';
import type { Html } from '../html';
import type { Hub, Principal } from '../hub-context';
import { inTurn } from '../principal';
import { isReading } from '../safety';
import { type AccountScope, type EditScope, withAccounts, withEditor } from '../scopes';
import { sendPage } from '../send-page';
import { keepFlash, takeFlash } from '../session/session';
import { readTimeoutMs } from '../take-turn';
import type { Section } from '../views/layout';
import { type DeskPage, noticeView } from '../views/notice-view';

/** How an admin page is sent. */
export interface DeskView {
  title: string;
  active: Section;
  /** True after a form was sent with mistakes; a text says more than that. */
  refused?: boolean | string;
  render: (page: DeskPage) => Html;
}

/** What every admin page does: work in a scope, send a page, and lead to the next one with a word of what was done. */
export interface AdminDesk {
  /** Works on titles and people in the name of whoever asks; whether he may still is asked when the audit row is written. */
  edit<Result>(
    request: FastifyRequest,
    work: (scope: EditScope, actor: Principal) => Promise<Result>,
  ): Promise<Result>;
  /** Works on users and the audit in the name of whoever asks: for a form, only while he is an administrator. */
  manage<Result>(
    request: FastifyRequest,
    work: (scope: AccountScope, actor: Principal) => Promise<Result>,
  ): Promise<Result>;
  show(request: FastifyRequest, reply: FastifyReply, view: DeskView): Promise<FastifyReply>;
  done(request: FastifyRequest, reply: FastifyReply, path: string, message: string): Promise<FastifyReply>;
}

/** Makes what the admin pages share. */
export function openDesk(hub: Hub): AdminDesk {
  const { editor, accounts } = hub.options.pools;
  return {
    edit(request, work) {
      return inTurn(hub, request, (actor) =>
        withEditor(editor, actor, (scope) => work(scope, actor), timeoutOf(request)),
      );
    },
    manage(request, work) {
      return inTurn(hub, request, (actor) =>
        withAccounts(
          accounts,
          async (scope) => {
            if (!isReading(request)) await requireAdminStill(scope, actor);
            return work(scope, actor);
          },
          timeoutOf(request),
        ),
      );
    },
    async show(request, reply, { title, active, refused = false, render }) {
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
    async done(request, reply, path, message) {
      await keepFlash(request, message);
      return reply.redirect(hub.url(path), 303);
    },
  };
}

/**
 * Returns the number in a path.
 *
 * @throws MovieHubError `not_found` for any other text.
 */
export function idIn(text: string, what: string): number {
  const id = integerOf(text);
  if (id === undefined || id < 0) throw notFound(what);
  return id;
}

/** A form may take longer: deleting a title takes its whole cast along. */
function timeoutOf(request: FastifyRequest): { statementTimeoutMs?: number } {
  return isReading(request) ? { statementTimeoutMs: readTimeoutMs } : {};
}

/** Says that a title, a person or a user is not there. */
export function notFound(what: string): MovieHubError {
  return new MovieHubError('not_found', `There is no such ${what}.`);
}
