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
  return new Promise((resolve, reject) => {
    const query = new Describe(text, (failure, result) => {
      client.connection.off('parameterDescription', query.takeParameters);
      if (failure) return reject(failure);
      const columns = result.fields.map(({ name, dataTypeID }) => ({ name, type: dataTypeID }));
      resolve({ parameterTypes: query.parameterTypes, columns });
    });
    client.query(query);
  });
}

/** Sends Parse, Describe and Sync: the driver's own queries are always executed. */
class Describe extends PgQuery {
  parameterTypes: readonly number[] = [];
  readonly #text: string;

  constructor(text: string, done: (failure: Error | undefined, result: QueryResult) => void) {
    super({ text }, done);
    this.#text = text;
  }

  override submit = (connection: Connection): null => {
    // The one message about a statement that the driver does not pass on to its query.
    connection.on('parameterDescription', this.takeParameters);
    // An embedded database has no stream to cork.
    connection.stream.cork?.();
    try {
      connection.parse({ name: '', text: this.#text, types: [] }, true);
      connection.describe({ type: 'S', name: '' }, true);
      connection.sync();
    } finally {
      connection.stream.uncork?.();
    }
    return null;
  };

  readonly takeParameters = ({ dataTypeIDs }: { readonly dataTypeIDs: readonly number[] }): void => {
    this.parameterTypes = dataTypeIDs;
  };
}
