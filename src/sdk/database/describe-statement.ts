import { type Connection, Query as PgQuery, type Pool, type PoolClient, type QueryResult } from 'pg';
import type { Query } from './query';
import type { Transaction } from './transaction';
import { losslessTypes } from './values';

/** What the server knows of a statement before it runs. */
export interface StatementDescription {
  /** OIDs of the parameters' types, in the order of `$1`, `$2`, …. */
  readonly parameterTypes: readonly number[];
  /** The columns of its rows, in order; none for a statement that returns no rows. */
  readonly columns: readonly { readonly name: string; readonly type: number }[];
}

/**
 * Lets the server parse one statement, and returns what it found. Nothing is executed, and nothing stays prepared.
 *
 * The server uses the role and the search path of the transaction that this is sent in. Await it before you describe another
 * statement on the same connection.
 *
 * @throws DatabaseError of the driver, with the `position` of the mistake, when the server refuses the statement.
 */
export function describeStatement(client: PoolClient, text: string): Promise<StatementDescription> {
  return send(client, new Unexecuted(text));
}

/**
 * Lets the server parse and plan one statement, and make its plan ready to run; there it checks rights on tables and functions.
 * Nothing is executed, though planning may call functions that change nothing.
 *
 * @param parameterCount How many parameters it has; each is NULL.
 * @throws DatabaseError of the driver.
 */
export async function planStatement(client: PoolClient, text: string, parameterCount: number): Promise<void> {
  await send(client, new Unexecuted(text, parameterCount));
}

async function send(client: PoolClient, query: Unexecuted): Promise<StatementDescription> {
  // The one message about a statement that the driver does not pass on to its query.
  const take = ({ dataTypeIDs }: { readonly dataTypeIDs: readonly number[] }) => {
    parameterTypes = dataTypeIDs;
  };
  let parameterTypes: readonly number[] = [];
  client.connection.on('parameterDescription', take);
  try {
    const { fields } = await new Promise<QueryResult>((resolve, reject) => {
      query.callback = (failure, result) => (failure ? reject(failure) : resolve(result));
      client.query(query);
    });
    const columns = fields.map(({ name, dataTypeID }) => ({ name, type: dataTypeID }));
    return { parameterTypes, columns };
  } finally {
    client.connection.off('parameterDescription', take);
  }
}

/** Sends everything but Execute. A class of the driver's: a pipelining connection takes no others. */
class Unexecuted extends PgQuery {
  declare callback: (failure: Error | undefined, result: QueryResult) => void;
  readonly #text: string;
  readonly #parameterCount: number | undefined;

  constructor(text: string, parameterCount?: number) {
    super({ text });
    this.#text = text;
    this.#parameterCount = parameterCount;
  }

  override submit = (connection: Connection): null => {
    // An embedded database has no stream to cork.
    connection.stream.cork?.();
    try {
      connection.parse({ name: '', text: this.#text, types: [] }, true);
      if (this.#parameterCount === undefined) connection.describe({ type: 'S', name: '' }, true);
      else connection.bind({ values: Array<null>(this.#parameterCount).fill(null) }, true);
      connection.sync();
    } finally {
      connection.stream.uncork?.();
    }
    return null;
  };
}

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
