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
import { notEmpty } from './not-empty';
import { parseTitleTypes } from './title-types';
import { argumentsOf, collectArgument } from './tool-arguments';

interface ExplainOptions extends TypedDatabase {
  as?: string;
  titleTypes?: number[];
  arg?: string[];
  json?: boolean;
}

/** The command that shows how PostgreSQL answers a call of a tool for a user. */
export function explainCommand(): Command {
  const command = new Command('explain')
    .description(
      'Run a call of a tool as a user would, and show how PostgreSQL did it: its plan with time and pages, and what is wrong with it.',
    )
    .argument('<tool>', movieTools.map(({ name }) => name).join(' or '))
    .option('--as <user>', 'the user of the hub whose title types count, as they are now', notEmpty)
    .option('--title-types <list>', 'title types such as 1,5, instead of a user', parseTitleTypes)
    .option(
      '--arg <name=value>',
      'an argument of the tool, such as title="The Godfather"; once for each',
      collectArgument,
    )
    .option('--json', 'print what EXPLAIN told, as JSON');
  return withDatabaseOptions(command)
    .addHelpText(
      'after',
      `
On a server the plan is made with the login that serves, since settings of a
login belong to it. --as looks the user up with MOVIE_HUB_ACCOUNTS_URL, or else
MOVIE_HUB_ADMIN_URL.`,
    )
    .action(explain);
}

async function explain(name: string, options: ExplainOptions): Promise<void> {
  const tool = movieTools.find((each) => each.name === name);
  if (tool === undefined) {
    const names = movieTools.map((each) => each.name).join(', ');
    throw new CommandFailure(`There is no tool of that name. There are: ${names}.`, 2);
  }
  if ((options.as === undefined) === (options.titleTypes === undefined))
    throw new CommandFailure(
      'Whose plan? Give either --as with a user of the hub, or --title-types such as 1,5.',
      2,
    );
  const args = await argumentsOf(tool, options.arg ?? []);
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
  const inWords = (cause: unknown) => {
    throw address === undefined ? cause : databaseFailure(cause, address);
  };
  await checkDatabase(reader, { role: 'movie_hub_reader' }).catch(inWords);
  const user = as === undefined ? undefined : await findUser(accounts, as);
  const entitlements = movieEntitlements({ titleTypes: user?.title_types ?? given ?? [] });
  const types = await withEntitlements(reader, entitlements, (scope) =>
    runQuery(scope, titleTypes, {}),
  ).catch(inWords);
  if (user === undefined) checkTitleTypes(given ?? [], types);
  // A new connection reads catalogs and compiles functions first, which one in use has done long ago.
  const first = await explainQueryTool(reader, tool, entitlements, args).catch(inWords);
  const plan = await explainQueryTool(reader, tool, entitlements, args).catch(inWords);
  if (json) return `${JSON.stringify(plan.raw, null, 2)}\n`;
  const seen = types.map(({ title_type_id, label }) => `${label} (${title_type_id})`).join(', ') || 'nothing';
  const who = user === undefined ? 'a user' : user.username;
  const lines = [
    `${tool.name} as ${who}${user?.is_disabled ? ' (account closed)' : ''}, who may see: ${seen}`,
    ...Object.entries(args).map(([argument, value]) => `  ${argument} = ${JSON.stringify(value)}`),
    ...(plan.root === undefined
      ? []
      : [
          `The second run; the first, on a new connection, took ${first.executionMilliseconds.toFixed(0)} ms.`,
        ]),
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

/** What the search functions read: their plans are not in that of a tool. */
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
          ? 'The hub has no users yet. Add one with `movie-hub db add-user`, or give --title-types.'
          : `The hub has no user of that name. It has: ${users}.`,
      );
    });
  } catch (cause) {
    throw address === undefined ? cause : databaseFailure(cause, address);
  } finally {
    await close();
  }
}

/** A number that is no type's would go unnoticed. */
function checkTitleTypes(given: readonly number[], types: readonly TitleTypeRow[]): void {
  const unknown = given.filter((type) => !types.some(({ title_type_id }) => title_type_id === type));
  if (unknown.length > 0)
    throw new CommandFailure(`There is no title type ${unknown.join(', ')}: 1 is movie, 5 is TV movie.`);
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
