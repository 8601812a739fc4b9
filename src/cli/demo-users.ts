import { defineQuery, runQuery, withRole } from 'movie-hub';
import type { Pool } from 'pg';
import findDemoUsersSql from '../../sql/hub/queries/find_demo_users.sql';

/** The demo's accounts; their passwords are public, and the demo shows them on its login page. */
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
    sees: 'every type of title',
  },
  {
    username: 'admin',
    password: 'admin-demo',
    titleTypes: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11],
    isAdmin: true,
    sees: 'every type of title, and manages',
  },
] as const;

/** Describes, a line each, those of the accounts that are there and still have the public password. */
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
