import { defineQuery, MovieHubError, runQuery } from 'movie-hub';
import addAuditSql from '../../../sql/hub/queries/add_audit.sql';
import addEditSql from '../../../sql/hub/queries/add_edit.sql';
import type { Principal } from '../hub-context';
import type { AccountScope, EditScope } from '../scopes';

/** What the hub writes down, as subject.verb. */
export type AuditAction =
  | 'title.create'
  | 'title.edit'
  | 'title.delete'
  | 'person.create'
  | 'person.edit'
  | 'cast.create'
  | 'cast.delete'
  | 'user.create'
  | 'user.entitlements'
  | 'user.admin'
  | 'user.password'
  | 'user.disable'
  | 'user.enable'
  | 'user.sign_out';

/** What a line of the audit trail says. */
export interface AuditEntry {
  action: AuditAction;
  /** An id or a user name. */
  subject: string;
  /** The values; never a password. */
  detail: object;
}

/**
 * Adds a line to the audit trail, in the transaction of the change itself; the actor's account stays open until its end.
 *
 * @throws MovieHubError `forbidden` when he is no administrator any more: but for his own password, he may do nothing of this.
 */
export async function addAudit(scope: AccountScope, actor: Principal, entry: AuditEntry): Promise<void> {
  const [asked] = await runQuery(scope, addAuditQuery, { actor: actor.username, ...entry });
  if (!asked?.may_act) throw notAllowed();
}

/**
 * The same for a change of titles and people. The database takes the name from the actor's session, which stays open until the end.
 *
 * @throws MovieHubError `forbidden` when the session has ended, or he is no administrator any more.
 */
export async function addEdit(scope: EditScope, actor: Principal, entry: AuditEntry): Promise<void> {
  const [added] = await runQuery(scope, addEditQuery, { session: actor.session, ...entry });
  if (!added?.is_added) throw notAllowed();
}

function notAllowed(): MovieHubError {
  return new MovieHubError('forbidden', 'This page is for administrators.');
}

const addAuditQuery = defineQuery<
  { may_act: boolean },
  { actor: string; action: string; subject: string; detail: object }
>({ name: 'add_audit', sql: addAuditSql, parameters: ['actor', 'action', 'subject', 'detail'] });

const addEditQuery = defineQuery<
  { is_added: boolean },
  { session: string; action: string; subject: string; detail: object }
>({ name: 'add_edit', sql: addEditSql, parameters: ['session', 'action', 'subject', 'detail'] });
