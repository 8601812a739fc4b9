import type { Pool, PoolClient, Query, QueryConfig } from 'pg';
import { onAbort } from '../abort';
import { isMovieHubError, MovieHubError } from '../errors';
import { cancelUntilAnswered, ResponseTimeout } from './cancel-query';
import { type ConnectOptions, cancelled, connect, isEmbedded } from './connect';
import { databaseError, type FailedAt, InvalidValue, settingsError, takesNoChanges } from './database-error';
import {
  findEntitlementsFault,
  forgetPrepared,
  isStale,
  type LocalSettings,
  localSettings,
  mayBeStale,
  preparedName,
  statementTimeoutOf,
  stateOf,
  type TransactionOptions,
} from './settings';

/** One try of a statement: the driver's query, when it has settled, and whether it has returned a row. */
export interface Attempt {
  readonly query: Query;
  readonly done: Promise<void>;
  readonly hasRows: () => boolean;
}

/** What a statement is called and its text: its prepared name is made of both. */
interface Statement {
  readonly name: string;
  readonly text: string;
}

/** Makes a query, under a name or without. */
type Start = (name?: string) => Attempt;

interface OpenOptions extends TransactionOptions, ConnectOptions {
  readonly isReadOnly: boolean;
  /** False waits for the begin before anything else is sent, also on a pipelining pool. */
  readonly mayPipeline?: boolean;
}

/** One transaction on a connection that is its own until `release`. Everything set in it is local to it. */
export class Transaction {
  readonly isPipelined: boolean;
  readonly isReadOnly: boolean;
  readonly pool: Pool;
  readonly #client: PoolClient;
  readonly #options: OpenOptions;
  readonly #as: LocalSettings;
  readonly #stopListening: (() => void) | undefined;
  /** Of a pipelined connection: whether what was sent ahead of the first query went well. */
  #opening: Promise<unknown> | undefined;
  #commit: Promise<{ command: string }> | undefined;
  #before: Promise<void> = Promise.resolve();
  #asked: Promise<void> = Promise.resolve();
  #hasSent = false;
  #hasAnswered = false;
  #hadLast = false;
  /** Set at the end of the work: what it left behind must not run. */
  #isOver = false;
  readonly #responses: ResponseTimeout;
  /** The connection must not go back to the pool. */
  #isLost = false;
  #isCancelled = false;
  /** A statement that the connection has prepared fails on it for ever: none is used again, and the connection is closed. */
  #isStale = false;
  /** A query was also run without a name: why it failed then has nothing to do with prepared statements. */
  #isJudged = false;
  /** Settles when a query that met such a statement can be run once more. */
  #again: Promise<void> | undefined;
  /** Settles when all is answered after a request to cancel. */
  #ending: Promise<void> | undefined;

  private constructor(pool: Pool, client: PoolClient, as: LocalSettings, options: OpenOptions) {
    this.pool = pool;
    this.#client = client;
    this.isReadOnly = options.isReadOnly;
    this.#as = as;
    this.#options = options;
    this.#responses = new ResponseTimeout(client, statementTimeoutOf(options));
    this.isPipelined = client.pipeline === true && options.mayPipeline !== false;
    // A connection may break between two statements; without a listener that would end the process.
    client.on('error', ignore);
    // It may have come together with the connection.
    if (options.signal) this.#stopListening = onAbort(options.signal, this.#onAbort);
  }

  /** Of a pipelined connection: rejects when role and settings were not in force, so that no row counts. */
  get opened(): Promise<unknown> {
    return Promise.resolve(this.#opening);
  }

  /** Whether the caller has cancelled, or has gone. */
  get isCancelled(): boolean {
    return this.#isCancelled;
  }

  /** Takes a connection, begins, and sets role and settings as bound values. */
  static async begin(pool: Pool, as: LocalSettings, options: OpenOptions): Promise<Transaction> {
    // Wrong options are refused before a connection is taken.
    statementTimeoutOf(options);
    const client = await connect(pool, options);
    const transaction = new Transaction(pool, client, as, options);
    try {
      await transaction.#open();
      return transaction;
    } catch (cause) {
      const failure = await transaction.rollBack(cause);
      await transaction.release();
      throw failure;
    }
  }

  async #open(): Promise<void> {
    const begin = this.isReadOnly ? 'BEGIN READ ONLY' : 'BEGIN';
    const settings = localSettings(this.#as, { ...this.#options, preparedStatements: this.#mayPrepare });
    if (!this.isPipelined) {
      await this.#send(begin);
      await this.#send(settings, settingsError).catch(async (cause: unknown) => {
        // A pooler has led to another server connection than the one that prepared them.
        if (!this.#mayPrepare || !isStale(cause)) throw cause;
        this.#isStale = true;
        await this.#send('ROLLBACK');
        await this.#open();
      });
      return;
    }
    // What is sent until the next tick, the first query among it, leaves in one packet.
    const { stream } = this.#client.connection;
    stream.cork();
    process.nextTick(() => stream.uncork());
    this.#opening = Promise.all([this.#send(begin), this.#send(settings, settingsError)]);
    this.#opening.catch(ignore);
  }

  /**
   * Runs a query, after those before it where the connection takes one at a time.
   *
   * One that reads, and fails because its prepared statement is out of date, is run once more without a name, as long as it
   * has returned no row. What the scope has read and set before stays.
   *
   * @param isLast Sends the COMMIT along where the connection can; nothing else may be run then.
   */
  run(statement: Statement, start: Start, isLast: boolean): Promise<void> {
    const turn = this.#runAfter(this.#before, statement, start, isLast);
    if (!this.isPipelined) this.#before = turn.catch(ignore);
    return turn;
  }

  /** Asks the server about a statement, one question at a time, in order with the queries. */
  ask<Answer>(question: (client: PoolClient) => Promise<Answer>): Promise<Answer> {
    const answer = this.#askAfter(Promise.all([this.#before, this.#asked]), question);
    this.#asked = answer.then(ignore, ignore);
    if (!this.isPipelined) this.#before = this.#asked;
    return answer;
  }

  async #askAfter<Answer>(before: Promise<unknown>, question: (client: PoolClient) => Promise<Answer>) {
    await before;
    this.#checkOpen();
    const answer = this.#responses.await(question(this.#client));
    await Promise.all([this.#opening, answer]);
    return answer;
  }

  #checkOpen(): void {
    this.#checkRunning();
    if (this.#hadLast)
      throw new MovieHubError('internal', 'No query can follow one that is said to be the last.');
  }

  /** The work may have ended, or its caller left, while a query waited: the connection may serve somebody else by now. */
  #checkRunning(): void {
    if (this.#isCancelled) throw cancelled();
    if (this.#isOver)
      throw new MovieHubError('internal', 'This scope has ended: run queries inside its work.');
  }

  async #runAfter(before: Promise<void>, statement: Statement, start: Start, isLast: boolean) {
    await before;
    this.#checkOpen();
    this.#hadLast = isLast;
    const name = this.#mayPrepare ? preparedName(statement.name, statement.text) : undefined;
    const isLater = this.#hasSent;
    this.#hasSent = true;
    // The queries before it have been answered, so to begin anew would not be the same to them.
    const needsSavepoint = isLater && name !== undefined && this.isReadOnly;
    if (needsSavepoint) {
      const saved = this.#send('SAVEPOINT before_query');
      if (this.isPipelined) saved.catch(ignore);
      else await saved;
    }
    const first = start(name);
    try {
      await this.#attempt(first, isLast && !needsSavepoint);
    } catch (cause) {
      const failure = await this.#firstFailure(cause);
      if (name === undefined || !this.isReadOnly || first.hasRows() || !this.#isOfPrepared(failure))
        throw cause;
      await this.#goBack();
      await this.#attempt(start(), false).catch((again: unknown) => {
        // The name was not the reason: the connection can be kept.
        if (stateOf(again) === stateOf(failure)) this.#isStale = false;
        this.#isJudged = true;
        throw again;
      });
    }
  }

  async #attempt({ query, done }: Attempt, isLast: boolean): Promise<void> {
    this.#checkRunning();
    this.#client.query(query);
    this.#responses.await(done).catch(ignore);
    if (isLast && this.isPipelined) {
      this.#commit = this.#send('COMMIT');
      this.#commit.catch(ignore);
    }
    // What the query reads counts only when role and settings were in force.
    await Promise.all([this.#opening, done]);
    this.#hasAnswered = true;
  }

  /** Whether a failure may come of a statement that was prepared earlier, or of another query that met one. */
  #isOfPrepared(failure: unknown): boolean {
    if (this.#isCancelled) return false;
    const state = stateOf(failure);
    return (state === '25P02' && this.#again !== undefined) || mayBeStale(failure);
  }

  /** Goes back to the last answered query, and prepares nothing any more. Queries that failed together share it. */
  #goBack(): Promise<void> {
    if (this.#again === undefined) {
      this.#isStale = true;
      this.#commit = undefined;
      this.#again = this.#hasAnswered
        ? this.#send('ROLLBACK TO SAVEPOINT before_query').then(ignore)
        : this.#openAgain();
    }
    return this.#again;
  }

  async #openAgain(): Promise<void> {
    const ended = this.#send('ROLLBACK');
    // Together, where the connection can: no query may come between.
    const opened = this.isPipelined ? this.#open() : ended.then(() => this.#open());
    await Promise.all([ended, opened]);
  }

  get #mayPrepare(): boolean {
    return this.#options.preparedStatements === true && !this.#isStale;
  }

  /** Cancels the running query on a server. The connection is not used again: the request may arrive late. */
  endQuery(): void {
    if (isEmbedded(this.#client) || this.#responses.isIdle) return;
    this.#isLost = true;
    this.#ending ??= cancelUntilAnswered(this.#client, this.pool, this.#responses);
  }

  async commit(): Promise<void> {
    this.#isOver = true;
    await Promise.all([this.#before, this.#asked]);
    if (this.#isCancelled) throw cancelled();
    await this.#opening;
    // Its query was cancelled on purpose, and the connection is closed.
    if (this.#isLost) return;
    // Closed within its transaction, PgBouncer closes its own connection to the server, and with it the stale statement.
    if (this.#isStale && this.isReadOnly && !isEmbedded(this.#client)) return;
    const { command } = await (this.#commit ?? this.#send('COMMIT'));
    // PostgreSQL answers the COMMIT of a failed transaction with a rollback: work that swallowed the error is not done.
    if (command === 'ROLLBACK')
      throw new MovieHubError('query_failed', 'A query failed, so nothing was kept.');
  }

  /** Returns what to throw for a query's error. In a pipeline, throws the first error. */
  async failureOf(cause: unknown, at: FailedAt = {}): Promise<MovieHubError> {
    if (this.#isCancelled) return cancelled(cause);
    await this.#opening;
    return databaseError(cause, { ...at, client: this.#client });
  }

  /** Rolls back, and returns what to throw for what was thrown. */
  async rollBack(cause: unknown): Promise<unknown> {
    this.#isOver = true;
    await Promise.all([this.#before, this.#asked]);
    let failure = await this.#firstFailure(cause);
    if (this.#options.preparedStatements && !this.#isJudged && isStale(failure)) this.#isStale = true;
    if (!this.isReadOnly && isMovieHubError(failure) && stateOf(failure) === '25006') {
      // The primary that the connection led to may have become a replica: a new connection finds the new one.
      this.#isLost = true;
      failure = takesNoChanges(failure);
    }
    await this.#endUnchanged();
    // PostgreSQL refused a value without saying which: it may be an entitlement.
    if (failure instanceof InvalidValue && failure.parameter === undefined && !this.#isLost) {
      const finding = findEntitlementsFault(this.#client, this.#as, this.#options);
      failure = (await this.#responses.await(finding)) ?? failure;
      await this.#endUnchanged();
    }
    return this.#isCancelled ? cancelled(failure) : failure;
  }

  async #endUnchanged(): Promise<void> {
    if (this.#isLost) return;
    await this.#responses.await(this.#client.query('ROLLBACK')).catch(() => {
      // It may still be in the transaction.
      this.#isLost = true;
    });
  }

  /** Returns the connection to its pool, or closes it, but not while a request to cancel may still arrive. */
  async release(): Promise<void> {
    this.#stopListening?.();
    if (this.#ending) await this.#ending;
    this.#client.off('error', ignore);
    const isClosed = this.#isLost || (this.#isStale && !(await forgetPrepared(this.#client)));
    this.#client.release(isClosed ? true : undefined);
  }

  readonly #onAbort = (): void => {
    this.#isCancelled = true;
    this.endQuery();
  };

  async #send(
    statement: string | QueryConfig,
    errorOf: (cause: unknown, at: FailedAt) => MovieHubError = databaseError,
  ): Promise<{ command: string }> {
    if (this.#isCancelled) throw cancelled();
    return this.#responses.await(this.#client.query(statement)).catch((cause: unknown) => {
      throw errorOf(cause, { client: this.#client });
    });
  }

  /** In a pipeline, the first error has the cause; those after it only report the failed transaction. */
  async #firstFailure(cause: unknown): Promise<unknown> {
    try {
      await this.#opening;
      return cause;
    } catch (first) {
      return first;
    }
  }
}

function ignore(): void {
  // What fails here shows in the statement that runs.
}
