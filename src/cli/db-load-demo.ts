import { isMovieHubError } from 'movie-hub';
import { demoDataFolder, loadImdb } from 'movie-hub/dataset';
import type { Pool } from 'pg';
import type { DbOptions } from './db-command';
import { demoUsers } from './demo-users';
import { importHub } from './import-hub';

/** Loads the demo data and adds the demo users; what is there already stays. */
export async function loadDemo(pool: Pool, options: DbOptions): Promise<void> {
  const hub = options.users === false ? undefined : await importHub();
  const loaded = await loadImdb(pool, demoDataFolder(), {
    onFile: ({ file, loaded: lines, rejected }) => {
      process.stderr.write(
        `${file.padEnd(17)} ${String(lines).padStart(6)} lines${rejected ? `, ${rejected} rejected` : ''}\n`,
      );
    },
  });
  process.stderr.write(`Loaded ${loaded.length} files.\n`);
  if (hub === undefined) return;
  for (const { sees: _, ...user } of demoUsers) {
    const isNew = await hub.addUser(pool, { ...user, isDemo: true }).then(
      () => true,
      (cause: unknown) => {
        if (isMovieHubError(cause) && cause.code === 'conflict') return false;
        throw cause;
      },
    );
    process.stderr.write(
      isNew
        ? `User ${user.username}, password ${user.password}\n`
        : `User ${user.username} was there already.\n`,
    );
  }
  process.stderr.write(
    'These passwords are public. Before anybody else can reach the hub: DELETE FROM movie_hub_app.users WHERE is_demo\n',
  );
}
