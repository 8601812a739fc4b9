/** A mistake with the rights of the role `$role` on schema `shop`, beside which all is well. */
export interface Mistake {
  /** What is refused. */
  readonly what: string;
  readonly wrong: readonly string[];
  /** How an administrator is told. */
  readonly told: RegExp;
  /** What puts it right; undefined for the SQL that the refusal itself names. */
  readonly mend: readonly string[] | undefined;
  /** Where an embedded database is newer than the server, or has one login only. */
  readonly only: 'embedded' | 'server' | undefined;
  /** What puts everything back as it was. */
  readonly back: readonly string[];
}

export const granted = 'GRANT SELECT ON shop.notes TO $role';
const policy = 'CREATE POLICY notes_own ON shop.notes USING (true)';
const protect = 'ALTER TABLE shop.notes ENABLE ROW LEVEL SECURITY';
export const undo = [
  'DROP POLICY IF EXISTS notes_own ON shop.notes',
  'ALTER TABLE shop.notes DISABLE ROW LEVEL SECURITY',
  'REVOKE ALL ON shop.notes FROM $role, PUBLIC',
  'REVOKE ALL (note) ON shop.notes FROM $role',
];
const without =
  /shop\.notes\. .*ALTER TABLE shop\.notes ENABLE ROW LEVEL SECURITY; CREATE POLICY … ON shop\.notes /;
const ofOwner = /shop\.extra\. .*security_invoker/;
const unprotectable = /shop\.extra\. .*REVOKE ALL ON shop\.extra FROM /;
const pastPolicies = (what: string) => new RegExp(`${what}\\. .*REVOKE`);
const noGrants = ['REVOKE ALL ON shop.orders FROM PUBLIC', 'GRANT SELECT ON shop.orders TO $role'];
const memberOf = (role: string): readonly [string, string[], RegExp, undefined, string[]] => [
  `a member of ${role}`,
  [`GRANT ${role} TO $role`],
  new RegExp(`^shop_reader_\\w+ .*${role}, .*REVOKE ${role} FROM shop_reader_`),
  undefined,
  [`REVOKE ${role} FROM $role`],
];

const cases: readonly (readonly [
  what: string,
  wrong: string[],
  told: RegExp,
  mend: string[] | undefined,
  back: string[],
  only?: 'embedded' | 'server',
])[] = [
  ['a table without row-level security', [granted], without, [protect, policy], undo],
  ['one that it may only write', ['GRANT INSERT ON shop.notes TO $role'], without, [protect, policy], undo],
  [
    'one without a policy',
    [granted, protect],
    /shop\.notes\. [^;]*: CREATE POLICY … ON shop\.notes /,
    [policy],
    undo,
  ],
  ['a grant of one column', ['GRANT SELECT (note) ON shop.notes TO $role'], without, [protect, policy], undo],
  ['a grant to everybody', ['GRANT SELECT ON shop.notes TO PUBLIC'], without, [protect, policy], undo],
  [
    'a grant to a role that it is a member of',
    ['CREATE ROLE $role_parent', 'GRANT $role_parent TO $role', 'GRANT SELECT ON shop.notes TO $role_parent'],
    /^\w+ .*shop_reader_\w+_parent, [^\n]*REVOKE \w+_parent FROM \w+;$/,
    undefined,
    ['DROP OWNED BY $role_parent', 'DROP ROLE $role_parent'],
  ],
  ['a grant that is taken back', [granted], without, ['REVOKE SELECT ON shop.notes FROM $role'], undo],
  [
    'a view that reads as its owner',
    ['CREATE VIEW shop.extra AS SELECT * FROM shop.orders', 'GRANT SELECT ON shop.extra TO $role'],
    ofOwner,
    undefined,
    ['DROP VIEW shop.extra'],
  ],
  [
    'a view that only says so',
    [
      'CREATE VIEW shop.extra WITH (security_invoker = off, security_barrier) AS SELECT * FROM shop.orders',
      'GRANT SELECT ON shop.extra TO $role',
    ],
    ofOwner,
    ['ALTER VIEW shop.extra SET (security_invoker = on)'],
    ['DROP VIEW shop.extra'],
  ],
  [
    'a materialized view',
    [
      'CREATE MATERIALIZED VIEW shop.extra AS SELECT * FROM shop.orders',
      'GRANT SELECT ON shop.extra TO $role',
    ],
    unprotectable,
    undefined,
    ['DROP MATERIALIZED VIEW shop.extra'],
  ],
  [
    'a foreign table',
    [
      'CREATE FOREIGN DATA WRAPPER away',
      'CREATE SERVER away FOREIGN DATA WRAPPER away',
      'CREATE FOREIGN TABLE shop.extra (order_id integer) SERVER away',
      'GRANT SELECT ON shop.extra TO $role',
    ],
    unprotectable,
    undefined,
    ['DROP FOREIGN DATA WRAPPER away CASCADE'],
  ],
  [
    'a partition that may be read past its table',
    [
      'CREATE TABLE shop.parted (tenant text) PARTITION BY LIST (tenant)',
      'ALTER TABLE shop.parted ENABLE ROW LEVEL SECURITY',
      'CREATE POLICY parted_own ON shop.parted USING (true)',
      `CREATE TABLE shop.parted_ada PARTITION OF shop.parted FOR VALUES IN ('ada')`,
      'GRANT SELECT ON shop.parted, shop.parted_ada TO $role',
    ],
    /shop\.parted_ada\. .*REVOKE ALL ON shop\.parted_ada FROM /,
    undefined,
    ['DROP TABLE shop.parted'],
  ],
  [
    'a table that inherits, of which one column was granted to everybody',
    [
      'CREATE TABLE shop."Old Orders" () INHERITS (shop.orders)',
      'GRANT SELECT (item) ON shop."Old Orders" TO PUBLIC',
    ],
    /shop\.Old Orders\. .*REVOKE ALL ON shop\."Old Orders" FROM PUBLIC/,
    undefined,
    ['DROP TABLE shop."Old Orders"'],
  ],
  [
    'a table of a schema that it may not use, which a view shows it',
    [
      'CREATE SCHEMA hidden',
      'CREATE TABLE hidden.notes (note text)',
      'GRANT SELECT ON hidden.notes TO $role',
      'CREATE VIEW shop.extra WITH (security_invoker) AS SELECT * FROM hidden.notes',
      'GRANT SELECT ON shop.extra TO $role',
    ],
    /hidden\.notes\. /,
    ['REVOKE SELECT ON hidden.notes FROM $role'],
    ['DROP VIEW shop.extra', 'DROP SCHEMA hidden CASCADE'],
  ],
  memberOf('pg_read_all_data'),
  memberOf('pg_write_all_data'),
  memberOf('pg_read_server_files'),
  memberOf('pg_write_server_files'),
  memberOf('pg_execute_server_program'),
  memberOf('pg_signal_backend'),
  memberOf('pg_monitor'),
  [...memberOf('pg_maintain'), 'embedded'],
  [...memberOf('pg_create_subscription'), 'embedded'],
  [
    'a member of a role without anything of its own',
    ['CREATE ROLE $role_parent', 'GRANT $role_parent TO $role'],
    /member of \w+, .*REVOKE \w+ FROM /,
    undefined,
    ['DROP ROLE $role_parent'],
  ],
  [
    'a member of a role that reads all data by way of another',
    ['CREATE ROLE $role_parent IN ROLE pg_read_all_data', 'GRANT $role_parent TO $role'],
    /is a member of \w+_parent, /,
    undefined,
    ['DROP ROLE $role_parent'],
  ],
  ...['CREATEROLE', 'CREATEDB', 'REPLICATION'].map(
    (power): readonly [string, string[], RegExp, undefined, string[]] => [
      `a role with ${power}`,
      [`ALTER ROLE $role ${power}`],
      new RegExp(`^The role \\w+ has ${power}, .*ALTER ROLE \\w+ NO${power};$`),
      undefined,
      [`ALTER ROLE $role NO${power}`],
    ],
  ),
  ...['TRUNCATE', 'TRIGGER', 'REFERENCES'].map(
    (right): readonly [string, string[], RegExp, undefined, string[]] => [
      `a role with ${right}`,
      [`GRANT ${right} ON shop.orders TO $role`],
      pastPolicies(`${right} on shop\\.orders`),
      undefined,
      [`REVOKE ${right} ON shop.orders FROM $role`],
    ],
  ),
  [
    'a role with MAINTAIN',
    ['GRANT MAINTAIN ON shop.orders TO $role'],
    pastPolicies('MAINTAIN on shop\\.orders'),
    undefined,
    ['REVOKE MAINTAIN ON shop.orders FROM $role'],
    'embedded',
  ],
  [
    'several of these, also of one column, on several tables, of everybody',
    [
      'GRANT TRUNCATE, TRIGGER ON shop.orders, shop.notes TO PUBLIC',
      'GRANT REFERENCES (order_id) ON shop.orders TO $role',
    ],
    /no policy limits: REFERENCES on shop\.orders, TRIGGER, TRUNCATE on shop\.notes, shop\.orders\. .*REVOKE TRIGGER, TRUNCATE ON shop\.notes, shop\.orders FROM PUBLIC/,
    undefined,
    [...noGrants, 'REVOKE ALL ON shop.notes FROM PUBLIC'],
  ],
  [
    'a role that may create in a schema',
    ['GRANT CREATE ON SCHEMA shop TO $role'],
    /may create in SCHEMA shop\. .*REVOKE CREATE ON SCHEMA shop FROM shop_reader_/,
    undefined,
    ['REVOKE CREATE ON SCHEMA shop FROM $role'],
  ],
  [
    'a schema in which everybody may create, as public is in a database that was upgraded from 14',
    ['GRANT CREATE ON SCHEMA public TO PUBLIC'],
    /may create in SCHEMA public\. .*REVOKE CREATE ON SCHEMA public FROM PUBLIC/,
    undefined,
    ['REVOKE CREATE ON SCHEMA public FROM PUBLIC'],
  ],
  [
    'a role that may create schemas',
    [`DO $do$ BEGIN EXECUTE format('GRANT CREATE ON DATABASE %I TO $role', current_database()); END $do$`],
    /may create in DATABASE \w+\. /,
    undefined,
    [`DO $do$ BEGIN EXECUTE format('REVOKE CREATE ON DATABASE %I FROM $role', current_database()); END $do$`],
  ],
  [
    'a role that owns the database',
    [`DO $do$ BEGIN EXECUTE format('ALTER DATABASE %I OWNER TO $role', current_database()); END $do$`],
    /^shop_reader_\w+ owns the database, /,
    [`DO $do$ BEGIN EXECUTE format('ALTER DATABASE %I OWNER TO CURRENT_USER', current_database()); END $do$`],
    [],
  ],
  [
    'a login with a right of its own on a table',
    ['GRANT INSERT ON shop.notes TO $login'],
    /rights of its own on shop\.notes; .*REVOKE ALL ON shop\.notes FROM shop_login_/,
    undefined,
    ['REVOKE ALL ON shop.notes FROM $login'],
    'server',
  ],
  [
    'a login with a right of its own on columns, and on a table with a policy',
    ['GRANT SELECT (note) ON shop.notes TO $login', 'GRANT SELECT ON shop.orders TO $login'],
    /rights of its own on shop\.notes, shop\.orders; .*REVOKE ALL ON shop\.notes, shop\.orders FROM shop_login_/,
    undefined,
    ['REVOKE ALL ON shop.notes, shop.orders FROM $login'],
    'server',
  ],
  ...['CREATEROLE', 'CREATEDB', 'REPLICATION'].map(
    (power): readonly [string, string[], RegExp, undefined, string[], 'server'] => [
      `a login with ${power}`,
      [`ALTER ROLE $login ${power}`],
      new RegExp(`^The login \\w+ has ${power}, .*ALTER ROLE \\w+ NO${power}; -- Or: Serve with `),
      undefined,
      [`ALTER ROLE $login NO${power}`],
      'server',
    ],
  ),
  ...['pg_read_all_data', 'pg_read_server_files', 'pg_signal_backend'].map(
    (role): readonly [string, string[], RegExp, undefined, string[], 'server'] => [
      `a login that is a member of ${role}`,
      [`GRANT ${role} TO $login`],
      new RegExp(`^shop_login_\\w+ .*${role}, .*REVOKE ${role} FROM shop_login_`),
      undefined,
      [`REVOKE ${role} FROM $login`],
      'server',
    ],
  ),
  [
    'a login that is a member of a role which may bypass policies by way of another, as of PostgREST',
    [
      'CREATE ROLE $role_service BYPASSRLS',
      'CREATE ROLE $role_parent IN ROLE $role_service',
      'GRANT $role_parent TO $login',
    ],
    /is a member of \w+_parent, .*BYPASSRLS\. .*REVOKE \w+_parent FROM shop_login_/,
    undefined,
    ['DROP ROLE $role_service, $role_parent'],
    'server',
  ],
  [
    'a login that may read a system catalog',
    ['GRANT SELECT ON pg_catalog.pg_authid TO $login'],
    /rights on TABLE pg_catalog\.pg_authid\. .*REVOKE ALL ON TABLE pg_catalog\.pg_authid FROM shop_login_/,
    undefined,
    ['REVOKE ALL ON pg_catalog.pg_authid FROM $login'],
    'server',
  ],
  [
    'a role that may read files by a function',
    ['GRANT EXECUTE ON FUNCTION pg_catalog.pg_read_file(text) TO $role'],
    /rights on FUNCTION pg_catalog\.pg_read_file\(text\)\. /,
    undefined,
    ['REVOKE ALL ON FUNCTION pg_catalog.pg_read_file(text) FROM $role'],
  ],
  [
    'a login that may create in a schema',
    ['GRANT CREATE ON SCHEMA shop TO $login'],
    /may create in SCHEMA shop\. /,
    undefined,
    ['REVOKE CREATE ON SCHEMA shop FROM $login'],
    'server',
  ],
  [
    'a role that is a member of one which owns a table',
    [
      'CREATE ROLE $role_parent',
      'GRANT $role_parent TO $role',
      protect,
      policy,
      'ALTER TABLE shop.notes OWNER TO $role_parent',
    ],
    /^\w+ .*\w+_parent, .*REVOKE \w+_parent FROM/,
    undefined,
    ['ALTER TABLE shop.notes OWNER TO CURRENT_USER', ...undo, 'DROP ROLE $role_parent'],
  ],
  [
    'a table that it owns',
    [protect, policy, 'ALTER TABLE shop.notes OWNER TO $role'],
    /owns shop\.notes, .*FORCE ROW LEVEL SECURITY/,
    ['ALTER TABLE shop.notes FORCE ROW LEVEL SECURITY'],
    [
      'ALTER TABLE shop.notes OWNER TO CURRENT_USER',
      'ALTER TABLE shop.notes NO FORCE ROW LEVEL SECURITY',
      ...undo,
    ],
  ],
];

/** Each is refused by itself. */
export const mistakes: readonly Mistake[] = cases.map(([what, wrong, told, mend, back, only]) => ({
  what,
  wrong,
  told,
  mend,
  back,
  only,
}));
