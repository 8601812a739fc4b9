/** A mistake with the rights of the role `$role` on schema `shop`, beside which all is well. */
export interface Mistake {
  /** What is refused. */
  readonly what: string;
  readonly wrong: readonly string[];
  /** How an administrator is told. */
  readonly told: RegExp;
  readonly mend: readonly string[];
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
const without = /^Without row-level security or without a policy: shop\.notes\. .*ENABLE ROW LEVEL SECURITY/;
const ofOwner = /^Read with the rights of their owner: shop\.extra\. .*security_invoker/;

const cases: readonly (readonly [string, string[], RegExp, string[], string[]])[] = [
  ['a table without row-level security', [granted], without, [protect, policy], undo],
  ['one that it may only write', ['GRANT INSERT ON shop.notes TO $role'], without, [protect, policy], undo],
  ['one without a policy', [granted, protect], without, [policy], undo],
  ['a grant of one column', ['GRANT SELECT (note) ON shop.notes TO $role'], without, [protect, policy], undo],
  ['a grant to everybody', ['GRANT SELECT ON shop.notes TO PUBLIC'], without, [protect, policy], undo],
  [
    'a grant to a role that it is a member of',
    ['CREATE ROLE $role_parent', 'GRANT $role_parent TO $role', 'GRANT SELECT ON shop.notes TO $role_parent'],
    without,
    [protect, policy],
    [...undo, 'DROP OWNED BY $role_parent', 'DROP ROLE $role_parent'],
  ],
  ['a grant that is taken back', [granted], without, ['REVOKE SELECT ON shop.notes FROM $role'], undo],
  [
    'a view that reads as its owner',
    ['CREATE VIEW shop.extra AS SELECT * FROM shop.orders', 'GRANT SELECT ON shop.extra TO $role'],
    ofOwner,
    ['ALTER VIEW shop.extra SET (security_invoker = true)'],
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
    ofOwner,
    ['REVOKE SELECT ON shop.extra FROM $role'],
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
    ofOwner,
    ['REVOKE SELECT ON shop.extra FROM $role'],
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
    /shop\.parted_ada\. /,
    ['REVOKE SELECT ON shop.parted_ada FROM $role'],
    ['DROP TABLE shop.parted'],
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
  [
    'a role that may read all data',
    ['GRANT pg_read_all_data TO $role'],
    /shop\.countries, shop\.notes\. /,
    ['REVOKE pg_read_all_data FROM $role'],
    [],
  ],
  [
    'a table that a role owns which it is a member of',
    [
      'CREATE ROLE $role_parent',
      'GRANT $role_parent TO $role',
      protect,
      policy,
      'ALTER TABLE shop.notes OWNER TO $role_parent',
    ],
    /owns shop\.notes, /,
    ['REVOKE $role_parent FROM $role'],
    ['ALTER TABLE shop.notes OWNER TO CURRENT_USER', ...undo, 'DROP ROLE $role_parent'],
  ],
  [
    'a table that it owns',
    [protect, policy, 'ALTER TABLE shop.notes OWNER TO $role'],
    /owns shop\.notes, and row-level security does not bind an owner\. .*FORCE ROW LEVEL SECURITY/,
    ['ALTER TABLE shop.notes FORCE ROW LEVEL SECURITY'],
    [
      'ALTER TABLE shop.notes OWNER TO CURRENT_USER',
      'ALTER TABLE shop.notes NO FORCE ROW LEVEL SECURITY',
      ...undo,
    ],
  ],
];

/** Each is refused by itself. */
export const mistakes: readonly Mistake[] = cases.map(([what, wrong, told, mend, back]) => ({
  what,
  wrong,
  told,
  mend,
  back,
}));
