import { movieEntitlements, withEntitlements } from 'movie-hub';
import { listTitleTypes, type TitleType } from './data/edit-titles';
import { findDemoUsers } from './data/users';
import type { Hub } from './hub-context';
import { withAccounts } from './scopes';

/** A demo account that the login page shows with its password. */
export interface DemoUser {
  username: string;
  password: string;
  /** Description of what the account may see: "Movie, TV movie". */
  sees: string;
}

/** Returns the demo accounts of the options whose passwords have not been changed. */
export async function readDemoUsers(hub: Hub): Promise<DemoUser[]> {
  const { demoUsers, pools } = hub.options;
  if (demoUsers === undefined || demoUsers.length === 0) return [];
  const usernames = demoUsers.map((user) => user.username);
  const rows = await withAccounts(pools.accounts, (scope) => findDemoUsers(scope, usernames));
  const entitlements = movieEntitlements({ titleTypes: rows.flatMap((row) => row.title_types) });
  const types = await withEntitlements(pools.reader, entitlements, listTitleTypes);
  return demoUsers.flatMap(({ username, password }) => {
    const row = rows.find((candidate) => candidate.username === username);
    return row === undefined ? [] : [{ username, password, sees: describeAccess(row, types) }];
  });
}

function describeAccess(
  row: { is_admin: boolean; title_types: readonly number[] },
  types: readonly TitleType[],
): string {
  const labels = types
    .filter((type) => row.title_types.includes(type.title_type_id))
    .map((type) => type.label);
  const titles =
    labels.length === 0
      ? 'No titles'
      : labels.length > 3
        ? `${labels.length} title types`
        : labels.join(', ');
  return row.is_admin ? `${titles}; administrator` : titles;
}
