import { type AccountScope, defineQuery, type EditScope, MovieHubError, runQuery } from 'movie-hub';
import sql from '../../../sql/hub/queries/add_audit.sql';

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

/** One line of the audit trail. */
export interface AuditEntry {
  /** The user who does it. */
  actor: string;
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
export async function addAudit(scope: EditScope | AccountScope, entry: AuditEntry): Promise<void> {
  const [asked] = await runQuery(scope, query, { ...entry });
  if (!asked?.may_act) throw new MovieHubError('forbidden', 'This page is for administrators.');
}

const query = defineQuery<
  { may_act: boolean },
  { actor: string; action: string; subject: string; detail: object }
>({
  name: 'add_audit',
  sql,
  parameters: ['actor', 'action', 'subject', 'detail'],
});
