import { createDemoModel } from 'movie-hub/testing';
import type { HubOptions } from 'movie-hub/ui';
import { openDatabase, type TestDatabase } from '../support/databases';
import { addUsers, openHub, users } from '../ui/open-hub';
import { openVisits, type Visits } from './browser';

/** A hub in the process of the test, and a browser to look at it with. */
export interface LocalHub extends Visits {
  readonly db: TestDatabase;
  /** Returns the number of a title of the demo data. */
  titleId(title: string): Promise<number>;
}

/** Opens a hub on the demo data, with the demo's users and the stand-in model unless another is given. */
export async function openLocalHub(
  executablePath: string,
  options: Partial<HubOptions> = {},
): Promise<LocalHub> {
  const db = await openDatabase('embedded', 'demo');
  const admin = { titleTypes: users.vlad.titleTypes, isAdmin: true };
  await addUsers(db, { ...users, admin });
  const demoUsers = Object.keys(users).map((username) => ({ username, password: `${username}-demo` }));
  const model = createDemoModel();
  const app = await openHub(db.pools, { model, isStandIn: true, demoUsers, ...options });
  const base = await app.listen({ port: 0, host: '127.0.0.1' });
  const visits = await openVisits(executablePath, base);
  return {
    ...visits,
    db,
    async titleId(title) {
      const found = await db.admin.query<{ title_id: number }>(
        'SELECT title_id FROM movie_hub.titles WHERE primary_title = $1',
        [title],
      );
      const id = found.rows[0]?.title_id;
      if (id === undefined) throw new Error(`there is no title ${title}`);
      return id;
    },
    async close() {
      await visits.close();
      await app.close();
      await db.close();
    },
  };
}
