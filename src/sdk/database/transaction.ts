import type { Pool, PoolClient, Query, QueryConfig } from 'pg';
import { onAbort } from '../abort';
import { isMovieHubError, MovieHubError } from '../errors';
import { cancelQuery } from './cancel-query';
import { type ConnectOptions, cancelled, connect } from './connect';
import {
  databaseError,
  entitlementsError,
  type FailedAt,
  InvalidValue,
  settingsError,
  sqlStateOf,
  takesNoChanges,
} from './database-error';
import { isEmbedded } from './embedded-connection';
import { type LocalSettings, localSettings, statementTimeoutOf } from './local-settings';
import { faultOfPolicies } from './policy-probe';
import { isStale, mayBeStale, preparedName, stateOf } from './prepared-name';
import { SilenceWatch } from './silence-watch';

/** How long a connection has to answer after the first request to cancel, in ms; then it is cut. */
const answerAfterCancelMs = 1_000;
/** When the next request to cancel follows, in ms. */
const askAgainMs = 200;

/** What a transaction takes. */
export interface TransactionOptions {
  /** Longest time for one statement, in ms; 10,000 unless given. Enforced by the server, so not on an embedded one. */
  statementTimeoutMs?: number;
  /**
   * Keeps the statements prepared on each connection, under names; false unless given. It saves the server their planning. In a scope
   * that reads, one that a changed table has made stale is run again without its name; for that a plain pool waits once more
   * for the second query of a scope and those after it. PgBouncer before 1.21 gains nothing by it, and RDS Proxy pins connections for it.
   */
  preparedStatements?: boolean;
}

/** A statement on its way: the driver's query, when it has settled, and whether it gave a row by now. */
export interface Attempt {
  readonly query: Query;
  readonly done: Promise<void>;
  readonly hasRows: () => boolean;
}

/** What a scope adds: false waits for the begin before anything else is sent, also on a pipelining pool. */
type OpenOptions = TransactionOptions & ConnectOptions & { readonly mayPipeline?: boolean };

/** One transaction on a connection that is its own until `release`. Everything set in it is local to it. */
export class Transaction {
  readonly isPipelined: boolean;
  readonly isReadOnly: boolean;
  readonly pool: Pool;
  readonly #client: PoolClient;
  readonly #options: OpenOptions;
  readonly #begin: 'BEGIN' | 'BEGIN READ ONLY';
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
  /** Work has ended: what it left behind must not run. */
  #isOver = false;
  readonly #watch: SilenceWatch;
  /** The connection must not go back to the pool. */
  #isLost = false;
  #isCancelled = false;
  /** A statement that the connection has prepared fails on it for ever: none is used again, and it is closed in the end. */
  #isStale = false;
  /** A query was run without a name too: what it failed of then is no matter of prepared statements. */
  #isJudged = false;
  /** Settles when a query that met such a statement can be run once more. */
  #again: Promise<void> | undefined;
  /** Settles when all is answered after a request to cancel. */
  #ending: Promise<void> | undefined;

  private constructor(
    pool: Pool,
    client: PoolClient,
    begin: 'BEGIN' | 'BEGIN READ ONLY',
    as: LocalSettings,
    options: OpenOptions,
  ) {
    this.pool = pool;
    this.#client = client;
    this.isReadOnly = begin === 'BEGIN READ ONLY';
    this.#begin = begin;
    this.#as = as;
    this.#options = options;
    this.#watch = new SilenceWatch(client, statementTimeoutOf(options));
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
  static async begin(
    pool: Pool,
    begin: 'BEGIN' | 'BEGIN READ ONLY',
    as: LocalSettings,
    options: OpenOptions,
  ): Promise<Transaction> {
    // Wrong options are refused before a connection is taken.
    statementTimeoutOf(options);
    const client = await connect(pool, options);
    const transaction = new Transaction(pool, client, begin, as, options);
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
    const settings = localSettings(this.#as, { ...this.#options, preparedStatements: this.#mayPrepare });
    if (!this.isPipelined) {
      await this.#send(this.#begin);
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
    this.#opening = Promise.all([this.#send(this.#begin), this.#send(settings, settingsError)]);
    this.#opening.catch(ignore);
  }

  /**
   * Runs a query, after those before it where the connection takes one at a time.
   *
   * One that reads, and meets a statement which its tables have left behind, is run once more, without a name: as long as it gave no row,
   * nobody can tell. What the scope has read and set before stays.
   *
   * @param statement What it is called and its text, for the name that it is prepared under.
   * @param start Makes the query, under a name or without.
   * @param isLast Sends the end of the transaction along where the connection can; nothing else may be run then.
   */
  run(
    statement: { readonly name: string; readonly text: string },
    start: (name: string | undefined) => Attempt,
    isLast: boolean,
  ): Promise<void> {
    const turn = this.#runAfter(this.#before, statement, start, isLast);
    if (!this.isPipelined) this.#before = turn.catch(ignore);
    return turn;
  }

  /** Asks the server about a statement, one question after another, in the place that a query would have. */
  ask<Answer>(question: (client: PoolClient) => Promise<Answer>): Promise<Answer> {
    const answer = this.#askAfter(Promise.all([this.#before, this.#asked]), question);
    this.#asked = answer.then(ignore, ignore);
    if (!this.isPipelined) this.#before = this.#asked;
    return answer;
  }

  async #askAfter<Answer>(before: Promise<unknown>, question: (client: PoolClient) => Promise<Answer>) {
    await before;
    this.#checkOpen();
    this.#checkNotLast();
    const answer = this.#watch.await(question(this.#client));
    await Promise.all([this.#opening, answer]);
    return answer;
  }

  #checkOpen(): void {
    if (this.#isCancelled) throw cancelled();
    // It waited for others while work ended: the connection may serve somebody else by now.
    if (this.#isOver)
      throw new MovieHubError('internal', 'This scope has ended: run queries inside its work.');
  }

  #checkNotLast(): void {
    if (this.#hadLast)
      throw new MovieHubError('internal', 'No query can follow one that is said to be the last.');
  }

  async #runAfter(
    before: Promise<void>,
    statement: { readonly name: string; readonly text: string },
    start: (name: string | undefined) => Attempt,
    isLast: boolean,
  ): Promise<void> {
    await before;
    this.#checkOpen();
    this.#checkNotLast();
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
      await this.#attempt(start(undefined), false).catch((again: unknown) => {
        // It was no matter of the name: the connection is as good as it was.
        if (stateOf(again) === stateOf(failure)) this.#isStale = false;
        this.#isJudged = true;
        throw again;
      });
    }
  }

  async #attempt({ query, done }: Attempt, isLast: boolean): Promise<void> {
    // Work may have ended, or its caller left, while the connection went back to where this query begins.
    this.#checkOpen();
    this.#client.query(query);
    this.#watch.await(done).catch(ignore);
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

  /** Goes back to where the queries that were answered had been, and prepares nothing any more. All that failed together wait for the same. */
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

  /** Ends the query that runs, on a server. The connection is not used again: the request may come late. */
  endQuery(): void {
    if (isEmbedded(this.#client) || this.#watch.isIdle) return;
    this.#isLost = true;
    this.#ending ??= this.#endAll();
  }

  async commit(): Promise<void> {
    this.#isOver = true;
    await Promise.all([this.#before, this.#asked]);
    if (this.#isCancelled) throw cancelled();
    await this.#opening;
    // Its query was ended on purpose, and it goes with its connection.
    if (this.#isLost) return;
    // Closed within its transaction, PgBouncer closes its own connection to the server, and with it the stale statement.
    if (this.#isStale && this.isReadOnly && !isEmbedded(this.#client)) return;
    const { command } = await (this.#commit ?? this.#send('COMMIT'));
    // PostgreSQL answers the COMMIT of a failed transaction with a rollback: work that swallowed the error is not done.
    if (command === 'ROLLBACK')
      throw new MovieHubError('query_failed', 'A query failed, so nothing was kept.');
  }

  /** Returns what to throw for what a query threw. Of what failed together the first tells why: then that is thrown from here. */
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
    if (!this.isReadOnly && isRefusedChange(failure)) {
      // The primary that the connection led to may have become a replica: a new connection finds the new one.
      this.#isLost = true;
      failure = takesNoChanges(failure);
    }
    await this.#endUnchanged();
    // PostgreSQL refused a value without saying which: it may be an entitlement.
    if (failure instanceof InvalidValue && failure.parameter === undefined && !this.#isLost) {
      const settings = localSettings(this.#as, { ...this.#options, preparedStatements: false });
      const fault = await this.#watch.await(faultOfPolicies(this.#client, settings));
      if (fault !== undefined) failure = entitlementsError(fault);
      await this.#endUnchanged();
    }
    return this.#isCancelled ? cancelled(failure) : failure;
  }

  async #endUnchanged(): Promise<void> {
    if (this.#isLost) return;
    await this.#watch.await(this.#client.query('ROLLBACK')).catch(() => {
      // It may still be in the transaction.
      this.#isLost = true;
    });
  }

  /** Returns the connection to its pool; or closes it, but not while it could still be asked to end a query. */
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
    return this.#watch.await(this.#client.query(statement)).catch((cause: unknown) => {
      throw errorOf(cause, { client: this.#client });
    });
  }

  /**
   * Asks the server to end what runs, until all that was sent is answered or the connection is cut. Once is not enough: a
   * request that overtakes its query, as it may on the way through a pooler, ends nothing.
   */
  async #endAll(): Promise<void> {
    const ask = () => void cancelQuery(this.#client, this.pool);
    const again = setInterval(ask, askAgainMs);
    const cut = setTimeout(() => this.#watch.cut(), answerAfterCancelMs);
    ask();
    await this.#watch.idle();
    clearInterval(again);
    clearTimeout(cut);
  }

  /** Of statements that were sent together the first that failed tells why; the others tell only that one did. */
  async #firstFailure(cause: unknown): Promise<unknown> {
    try {
      await this.#opening;
      return cause;
    } catch (first) {
      return first;
    }
  }
}

/** An embedded database has one connection for all, which cannot be closed: there the statements go. False on a server. */
async function forgetPrepared(client: PoolClient): Promise<boolean> {
  if (!isEmbedded(client)) return false;
  await client.query('DEALLOCATE ALL').catch(ignore);
  Object.assign(client.connection, { parsedStatements: {}, submittedNamedStatements: {} });
  return true;
}

function isRefusedChange(failure: unknown): boolean {
  return isMovieHubError(failure) && sqlStateOf(failure.cause) === '25006';
}

function ignore(): void {
  // What fails here shows in the statement that runs.
}
