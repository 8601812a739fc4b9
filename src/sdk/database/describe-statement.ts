import { type Connection, Query as PgQuery, type PoolClient, type QueryResult } from 'pg';

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
