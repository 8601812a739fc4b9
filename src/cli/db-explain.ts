import { Command } from 'commander';
import {
  checkDatabase,
  defineQuery,
  explainQueryTool,
  formatPlan,
  movieEntitlements,
  movieTools,
  type QueryTool,
  runQuery,
  withEntitlements,
  withRole,
} from 'movie-hub';
import findAccountSql from '../../sql/hub/queries/find_account.sql';
import listTitleTypesSql from '../../sql/hub/queries/list_title_types.sql';
import listUsersSql from '../../sql/hub/queries/list_users.sql';
import { databaseFailure } from './database-failure';
import { type TypedDatabase, withDatabaseOptions } from './environment';
import { type ExplainDatabase, openForPlans } from './explain-database';
import { CommandFailure } from './failure';
import { notEmpty, parseTitleTypes } from './option-values';
import { collectArgument, parseArguments } from './tool-arguments';

interface ExplainOptions extends TypedDatabase {
  as?: string;
  titleTypes?: number[];
  arg?: string[];
  json?: boolean;
}

/** The command that explains a tool call of a user. */
export function explainCommand(): Command {
  const command = new Command('explain')
    .description('Run a tool call as a user, and show its query plan with time, pages and warnings.')
    .argument('<tool>', movieTools.map(({ name }) => name).join(' or '))
    .option('--as <user>', 'user of the hub, with their current title types', notEmpty)
    .option('--title-types <list>', 'title types such as 1,5, instead of a user', parseTitleTypes)
    .option(
      '--arg <name=value>',
      'argument of the tool, such as title="The Godfather"; may be repeated',
      collectArgument,
    )
    .option('--json', 'print the output of EXPLAIN as JSON');
  return withDatabaseOptions(command)
    .addHelpText(
      'after',
      `
On a server, use the login for serving: its settings affect the plan. --as
looks up the user with MOVIE_HUB_ACCOUNTS_URL or MOVIE_HUB_ADMIN_URL.`,
    )
    .action(explain);
}

async function explain(name: string, options: ExplainOptions): Promise<void> {
  const tool = movieTools.find((each) => each.name === name);
  if (tool === undefined) {
    const names = movieTools.map((each) => each.name).join(', ');
    throw new CommandFailure(`Unknown tool. Tools: ${names}.`, 2);
  }
  if ((options.as === undefined) === (options.titleTypes === undefined))
    throw new CommandFailure('Use either --as with a user of the hub, or --title-types such as 1,5.', 2);
  const args = await parseArguments(tool, options.arg ?? []);
  const database = await openForPlans(options);
  try {
    process.stdout.write(await describeCall(database, tool, args, options));
  } finally {
    await database.close();
  }
}

async function describeCall(
  { reader, address, accounts }: ExplainDatabase,
  tool: QueryTool,
  args: Readonly<Record<string, unknown>>,
  { as, titleTypes: given, json = false }: ExplainOptions,
): Promise<string> {
  const addSource = (cause: unknown) => {
    throw address === undefined ? cause : databaseFailure(cause, address);
  };
  await checkDatabase(reader, { role: 'movie_hub_reader' }).catch(addSource);
  const user = as === undefined ? undefined : await findUser(accounts, as);
  const entitlements = movieEntitlements({ titleTypes: user?.title_types ?? given ?? [] });
  const types = await withEntitlements(reader, entitlements, (scope) =>
    runQuery(scope, titleTypes, {}),
  ).catch(addSource);
  if (user === undefined) checkTitleTypes(given ?? [], types);
  // On a new connection the first run also reads catalogs and compiles functions.
  const first = await explainQueryTool(reader, tool, entitlements, args).catch(addSource);
  const plan = await explainQueryTool(reader, tool, entitlements, args).catch(addSource);
  if (json) return `${JSON.stringify(plan.raw, null, 2)}\n`;
  const seen =
    types.map(({ title_type_id, label }) => `${label} (${title_type_id})`).join(', ') || 'no titles';
  const who = user === undefined ? 'a user' : user.username;
  const lines = [
    `${tool.name} as ${who}${user?.is_disabled ? ' (disabled)' : ''}, who may see: ${seen}`,
    ...Object.entries(args).map(([argument, value]) => `  ${argument} = ${JSON.stringify(value)}`),
    ...(plan.root === undefined
      ? []
      : [`Second run. The first, on a new connection, took ${first.executionMilliseconds.toFixed(0)} ms.`]),
    '',
    formatPlan(plan),
  ];
  const inside = plan.functions.flatMap((each) => {
    const table = tableOf[each.name];
    return table === undefined || address === undefined
      ? []
      : [`In psql, \\d ${table} lists the indexes that ${each.name}() uses.\n`];
  });
  return lines.join('\n') + inside.join('');
}

/** Tables of the search functions, whose plans are not part of a tool's plan. */
const tableOf: Readonly<Record<string, string>> = {
  'movie_hub.search_titles': 'movie_hub.title_texts',
  'movie_hub.search_names': 'movie_hub.name_texts',
  'movie_hub.suggest_titles': 'movie_hub.ratings',
  'movie_hub.suggest_names': 'movie_hub.name_texts',
};

async function findUser(accounts: ExplainDatabase['accounts'], username: string): Promise<AccountRow> {
  const { pool, address, close } = accounts();
  try {
    return await withRole(pool, { role: 'movie_hub_accounts', isUnchecked: true }, async (scope) => {
      const [row] = await runQuery(scope, findAccount, { username });
      if (row !== undefined) return row;
      const users = (await runQuery(scope, listUsers, {})).map((each) => each.username).join(', ');
      throw new CommandFailure(
        users === ''
          ? 'The hub has no users yet. Add one with `movie-hub db add-user`, or use --title-types.'
          : `Unknown user. Users: ${users}.`,
      );
    });
  } catch (cause) {
    throw address === undefined ? cause : databaseFailure(cause, address);
  } finally {
    await close();
  }
}

/** An unknown title type would otherwise go unnoticed. */
function checkTitleTypes(given: readonly number[], types: readonly TitleTypeRow[]): void {
  const unknown = given.filter((type) => !types.some(({ title_type_id }) => title_type_id === type));
  if (unknown.length > 0)
    throw new CommandFailure(`Unknown title type: ${unknown.join(', ')}. 1 is movie, 5 is TV movie.`);
}

interface AccountRow {
  username: string;
  title_types: number[];
  is_disabled: boolean;
}

interface TitleTypeRow {
  title_type_id: number;
  label: string;
}

const findAccount = defineQuery<AccountRow, { username: string }>({
  name: 'find_account',
  sql: findAccountSql,
  parameters: ['username'],
});

const listUsers = defineQuery<{ username: string }>({
  name: 'list_users',
  sql: listUsersSql,
  parameters: [],
});

const titleTypes = defineQuery<TitleTypeRow>({
  name: 'list_title_types',
  sql: listTitleTypesSql,
  parameters: [],
});
