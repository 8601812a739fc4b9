import { blocksOf, pages } from '../docs/pages';

/** What docs/how-to/serve-on-a-managed-server.md has an administrator run: for the roles, the extensions, the logins. */
export const managedServerSql: readonly string[] = pages
  .filter((page) => page.path === 'docs/how-to/serve-on-a-managed-server.md')
  .flatMap(blocksOf)
  .filter((block) => block.language === 'sql')
  .map((block) => block.code);
