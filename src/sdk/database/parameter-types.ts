import type { Pool, PoolClient } from 'pg';
import { describeStatement } from './describe-statement';
import { losslessTypes } from './lossless-types';
import type { Query } from './query';
import type { Transaction } from './transaction';

/** What decides how a list, an object or a large number is sent. A domain counts as the type below it. */
export interface ParameterType {
  readonly oid: number;
  readonly isArray: boolean;
  /** Of the type; of an array the type of its elements. */
  readonly form: 'json' | 'float' | 'other';
  /** What parts the elements of an array. */
  readonly delimiter: string;
}

const known = new WeakMap<Pool, WeakMap<Query, readonly ParameterType[]>>();

/** Returns the types of a query's parameters where a call on the pool has learned them. */
export function knownParameterTypes(pool: Pool, query: Query): readonly ParameterType[] | undefined {
  return known.get(pool)?.get(query);
}

/** Lets the server prepare a query, and keeps what it says about the parameters for the pool. */
export async function learnParameterTypes(
  transaction: Transaction,
  query: Query,
): Promise<readonly ParameterType[]> {
  const types = await transaction.ask((client) => describeParameters(client, query.text));
  const ofPool = known.get(transaction.pool) ?? new WeakMap<Query, readonly ParameterType[]>();
  known.set(transaction.pool, ofPool.set(query, types));
  return types;
}

/** Makes the next call learn the types again: a query that failed may have failed because its tables changed. */
export function forgetParameterTypes(pool: Pool, query: Query): void {
  known.get(pool)?.delete(query);
}

async function describeParameters(client: PoolClient, text: string): Promise<ParameterType[]> {
  const { parameterTypes } = await describeStatement(client, text);
  const { rows } = await client.query<ParameterType>({
    text: typesText,
    values: [parameterTypes],
    types: losslessTypes,
  });
  return parameterTypes.map(
    (oid) => rows.find((type) => type.oid === oid) ?? { oid, isArray: false, form: 'other', delimiter: ',' },
  );
}

/** Goes from a domain to its type, and from an array to its elements. Vectors are no arrays: they are written with blanks. */
const typesText = `
  WITH RECURSIVE steps AS (
    SELECT oid AS given, oid, typtype, typbasetype, typelem, typinput, typdelim, false AS is_array
    FROM pg_catalog.pg_type
    WHERE oid = ANY ($1::oid[])
    UNION ALL
    SELECT s.given, t.oid, t.typtype, t.typbasetype, t.typelem, t.typinput, t.typdelim,
           s.is_array OR s.typtype <> 'd'
    FROM steps AS s
    JOIN pg_catalog.pg_type AS t
      ON t.oid = CASE
        WHEN s.typtype = 'd' THEN s.typbasetype
        WHEN s.typinput = 'pg_catalog.array_in'::regproc THEN s.typelem
      END
  )
  SELECT given AS oid, is_array AS "isArray", typdelim::text AS delimiter,
         CASE
           WHEN oid IN ('json'::regtype, 'jsonb'::regtype) THEN 'json'
           WHEN oid IN ('float4'::regtype, 'float8'::regtype) THEN 'float'
           ELSE 'other'
         END AS form
  FROM steps
  WHERE typtype <> 'd' AND typinput <> 'pg_catalog.array_in'::regproc`;
