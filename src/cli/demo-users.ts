import { defineQuery, runQuery, withRole } from 'movie-hub';
import type { Pool } from 'pg';
import findDemoUsersSql from '../../sql/hub/queries/find_demo_users.sql';

/** The demo accounts. Their passwords are public and shown on the login page. */
export const demoUsers = [
  { username: 'jim', password: 'jim-demo', titleTypes: [1], isAdmin: false, sees: 'movies' },
  {
    username: 'test2',
    password: 'test2-demo',
    titleTypes: [1, 5],
    isAdmin: false,
    sees: 'movies and TV movies',
  },
  {
    username: 'vlad',
    password: 'vlad-demo',
    titleTypes: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11],
    isAdmin: false,
    sees: 'all title types',
  },
  {
    username: 'admin',
    password: 'admin-demo',
    titleTypes: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11],
    isAdmin: true,
    sees: 'all title types; administrator',
  },
] as const;

/** Describes the demo accounts that still have their public passwords, one per line. */
export async function describeDemoUsers(accounts: Pool): Promise<string[]> {
  const usernames = demoUsers.map(({ username }) => username);
  const rows = await withRole(accounts, { role: 'movie_hub_accounts', isUnchecked: true }, (scope) =>
    runQuery(scope, findDemoUsers, { usernames }),
  );
  return demoUsers.flatMap(({ username, password, titleTypes, sees }) => {
    const row = rows.find((each) => each.username === username);
    if (row === undefined) return [];
    const isUnchanged = String([...row.title_types].sort((a, b) => a - b)) === String(titleTypes);
    const seen = isUnchanged ? sees : `title types ${row.title_types.join(', ') || 'none'}`;
    return [`${username.padEnd(6)} ${password.padEnd(11)} ${seen}`];
  });
}

const findDemoUsers = defineQuery<
  { username: string; title_types: number[] },
  { usernames: readonly string[] }
>({ name: 'find_demo_users', sql: findDemoUsersSql, parameters: ['usernames'] });
