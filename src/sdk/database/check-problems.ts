import { installedSchema } from '../installed-schema';
import type { DatabaseFacts, Fault, Membership } from './check-facts';

/** Why a database is not served. */
export interface Problem {
  readonly code: 'database_unsafe' | 'database_not_ready';
  /** What is wrong and what an administrator has to run, in one line. */
  readonly text: string;
  /** A load that rebuilds the tables is under way, or was broken off. */
  readonly isLoading?: true;
}

const { roles, installCommand, load, readingRole } = installedSchema;

/** The oldest PostgreSQL that has views which run with the rights of whoever reads them. */
export const oldestVersion = 150_000;

/** Returns everything that is wrong with a database for a role, the worst first. */
export function problemsOf(facts: DatabaseFacts, role: string): Problem[] {
  if (facts.version < oldestVersion) {
    const version = Math.floor(facts.version / 10_000);
    return [notReady(`This server is PostgreSQL ${version}; Movie Hub needs PostgreSQL 15 or newer.`)];
  }
  return [
    ...problemsOfRole(facts, role),
    ...problemsOfLogin(facts, role),
    ...whatIsMissing(facts, role),
    // A superuser may do all of it: the first problem is the only one.
    ...(facts.role_powers.includes('SUPERUSER') ? [] : problemsOfRelations(facts, role)),
  ];
}

function problemsOfRole(facts: DatabaseFacts, role: string): Problem[] {
  const { role_powers: powers } = facts;
  return [
    ...when(powers.length > 0, () =>
      unsafe(
        isUnbound(powers)
          ? `The role ${role} is a superuser or has BYPASSRLS, so row-level security would not hold.`
          : `The role ${role} has ${powers.join(', ')}, which it does not need.`,
        [`ALTER ROLE ${role} ${powers.map((power) => `NO${power}`).join(' ')}`],
      ),
    ),
    ...when(facts.role_exists && facts.is_member, () =>
      problemsOfMemberships(facts.memberships, (member) => member !== facts.login),
    ).flat(),
  ];
}

function problemsOfLogin(facts: DatabaseFacts, role: string): Problem[] {
  const { login, login_powers: powers } = facts;
  if (login === null) return [];
  const serveWith = `Serve with ${roles.has(role) ? `the logins that \`${installCommand}\` makes` : `a login that may become ${role} and nothing else`}.`;
  // Whatever else it has: another login is needed.
  if (isUnbound(powers)) {
    const what = `The login ${login} is a superuser or has BYPASSRLS, so row-level security would not hold.`;
    return [{ code: 'database_unsafe', text: `${what} ${serveWith}` }];
  }
  const isOfLogin = (member: string) => member === login;
  return [
    ...when(powers.length > 0, () =>
      unsafe(
        `The login ${login} has ${powers.join(', ')}, which serving does not need.`,
        [`ALTER ROLE ${login} ${powers.map((power) => `NO${power}`).join(' ')}`],
        `Or: ${serveWith}`,
      ),
    ),
    // Of a login for another role, nothing else is known to be too much.
    ...when(facts.role_exists && facts.is_member, () => [
      ...problemsOfMemberships(facts.memberships, isOfLogin, `Or: ${serveWith}`),
      ...ofFaults(
        facts.login_owns,
        (names) =>
          `This login owns ${names}, or may become the owner, whom row-level security does not bind.`,
        serveWith,
      ),
      ...ofFaults(
        facts.login_grants,
        (names) => `This login has rights of its own on ${names}; all that it may do must come from ${role}.`,
      ),
    ]).flat(),
  ];
}

function problemsOfMemberships(
  memberships: readonly Membership[],
  isOf: (member: string) => boolean,
  more?: string,
): Problem[] {
  return memberships
    .filter(({ member }) => isOf(member))
    .map(({ name, member, is_unbound, sql }) => {
      const why = is_unbound
        ? ', which is or may become a superuser or has BYPASSRLS'
        : name in predefinedRoles
          ? `, which ${predefinedRoles[name]}`
          : ', and so may do what that role may';
      return unsafe(`${member} is a member of ${name}${why}.`, [sql], more);
    });
}

/** What PostgreSQL's own roles do to data, files and programs, whatever policies say. */
const predefinedRoles: Readonly<Record<string, string>> = {
  pg_read_all_data: 'reads every table',
  pg_write_all_data: 'writes every table',
  pg_maintain: 'locks and rewrites every table',
  pg_read_server_files: "reads the server's files",
  pg_write_server_files: "writes the server's files",
  pg_execute_server_program: 'runs programs on the server',
  pg_create_subscription: 'copies data between servers',
  pg_monitor: "sees other users' queries",
  pg_read_all_stats: "sees other users' queries",
  pg_signal_backend: "ends other users' queries",
};

/** What the role or the server lacks. */
function whatIsMissing(facts: DatabaseFacts, role: string): Problem[] {
  if (roles.has(role) && (!facts.role_exists || !facts.schema_exists))
    return [notReady(`The database has no Movie Hub schema. Run: ${installCommand}`)];
  if (!facts.role_exists)
    return [notReady(`The database has no role ${role}. Run as an administrator: CREATE ROLE ${role}`)];
  return [
    ...when(!facts.is_member, () =>
      notReady(
        `This login may not become ${role}. Use ${roles.has(role) ? `the login that \`${installCommand}\` makes for it, or ` : ''}` +
          `one of its own that was granted ${role} and nothing else.`,
      ),
    ),
    ...when(facts.is_read_only && roles.get(role)?.writes === true, () => notReady(readOnly(facts, role))),
    ...when(facts.is_loading && roles.get(role)?.waitsForLoad === true, () => ({
      ...notReady(load.forAdministrators),
      isLoading: true as const,
    })),
  ];
}

function problemsOfRelations(facts: DatabaseFacts, role: string): Problem[] {
  return [
    ...ofFaults(
      facts.unprotected,
      (names) => `Without row-level security or without a policy: ${names}.`,
      'A table that everybody may read whole belongs among lookupTables.',
    ),
    ...ofFaults(
      facts.unprotected_parts,
      (names) =>
        `A partition has no policy of its own, and ${role} may read it past its parent's: ${names}. Through the parent it needs no right.`,
    ),
    ...ofFaults(
      facts.owned,
      (names) => `${role} owns ${names}, and row-level security does not bind an owner.`,
      'Or: ALTER TABLE … OWNER TO another role.',
    ),
    ...ofFaults(facts.owners_views, (names) => `Read with the rights of their owner: ${names}.`),
    ...ofFaults(
      facts.unprotectable,
      (names) => `Row-level security cannot bind a materialized view or a foreign table: ${names}.`,
      'What everybody may read whole belongs among lookupTables.',
    ),
    ...ofFaults(
      facts.catalog_grants,
      (names) => `The login or ${role} reaches past every table's policies by rights on ${names}.`,
    ),
    ...ofFaults(facts.past_policies, (names) => `${role} has rights that no policy limits: ${names}.`),
    ...ofFaults(
      facts.may_create,
      (names) => `Serving creates nothing, but the login or ${role} may create in ${names}.`,
    ),
    ...ofFaults(facts.owned_database, (names) => `${names} owns the database, and so may change it.`),
    ...ofFaults(
      facts.forced,
      (names) => `Row-level security is forced on the owner, which blinds the search: ${names}.`,
    ),
  ];
}

function readOnly({ is_replica }: DatabaseFacts, role: string): string {
  const pool = `the pool of ${role}`;
  return is_replica
    ? `This server is a replica, which takes no changes, and ${pool} has to make some. Point it at the primary (on Aurora the cluster endpoint); only the pool of ${readingRole} may point at a replica.`
    : `This server takes no changes from ${pool}: default_transaction_read_only is on, for the server, the database or the login. ` +
        'Managed servers set it when their storage is full.';
}

function isUnbound(powers: readonly string[]): boolean {
  return powers.includes('SUPERUSER') || powers.includes('BYPASSRLS');
}

function when<Result>(condition: boolean, make: () => Result): Result[] {
  return condition ? [make()] : [];
}

/** One problem of all faults of a kind; none where there is none. */
function ofFaults(faults: readonly Fault[], what: (names: string) => string, more?: string): Problem[] {
  if (faults.length === 0) return [];
  const names = faults.map(({ name }) => name).join(', ');
  const statements = faults.map(({ sql }) => sql);
  return [unsafe(what(names), statements, more)];
}

function unsafe(what: string, statements: readonly string[], more?: string): Problem {
  const text = `${what} Run as an administrator: ${statements.join('; ')};${more === undefined ? '' : ` ${more}`}`;
  return { code: 'database_unsafe', text };
}

function notReady(text: string): Problem {
  return { code: 'database_not_ready', text };
}
