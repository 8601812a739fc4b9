import { defineQuery, MovieHubError, runQuery } from 'movie-hub';
import addAuditSql from '../../../sql/hub/queries/add_audit.sql';
import addEditSql from '../../../sql/hub/queries/add_edit.sql';
import type { Principal } from '../hub-context';
import type { AccountScope, EditScope } from '../scopes';

/** Audited actions, as subject.verb. */
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

/** A row of the audit trail. */
export interface AuditEntry {
  action: AuditAction;
  /** An id or a user name. */
  subject: string;
  /** The values; never a password. */
  detail: object;
}

/**
 * Adds an audit row in the transaction of the change, and locks the actor's account until its end.
 *
 * @throws MovieHubError `forbidden` when the actor is no longer an administrator, except for a change of their own password.
 */
export async function addAudit(scope: AccountScope, actor: Principal, entry: AuditEntry): Promise<void> {
  const [row] = await runQuery(scope, addAuditQuery, { actor: actor.username, ...entry });
  if (!row?.may_act) throw notAllowed();
}

/**
 * Does the same for a change of titles or people. The database takes the user name from the actor's session, which it locks.
 *
 * @throws MovieHubError `forbidden` when the session has ended, or the actor is no longer an administrator.
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
