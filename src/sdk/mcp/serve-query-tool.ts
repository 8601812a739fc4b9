import type { Pool } from 'pg';
import { checkSince } from '../database/check-again';
import { InvalidValue } from '../database/database-error';
import { type Entitlements, isEntitlements } from '../database/entitlements';
import { type EntitlementsSource, resolveEntitlements } from '../database/resolve-entitlements';
import { runLimitedQuery } from '../database/run-query';
import { isMovieHubError, MovieHubError } from '../errors';
import { milliseconds, positiveInteger } from '../options';
import type { QueryTool } from '../tools/define-query-tool';
import type { Tool, ToolCallContext } from '../tools/tool';
import { toolFailure } from '../tools/tool-failure';
import { type CallOptions, withLimitedEntitlements } from './limit-calls';

/** What limits the calls of a server; a tool's own limits come first. */
export interface QueryLimits extends Omit<CallOptions, 'signal'> {
  /** Most rows in one answer; 200 unless given. */
  maxRows?: number;
  /** Most bytes of the rows in one answer, as compact JSON in UTF-8; 100,000 unless given. */
  maxBytes?: number;
}

/**
 * Checks limits when a server is made rather than at a call.
 *
 * @throws MovieHubError `invalid_argument` for one that is not a whole number above 0, or a time above 2,147,483,647 ms.
 */
export function checkLimits(limits: QueryLimits): void {
  const { maxRows, maxBytes, maxCallsAtOnce, statementTimeoutMs, connectionTimeoutMs, checkIntervalMs } =
    limits;
  for (const [name, value] of Object.entries({ maxRows, maxBytes, maxCallsAtOnce }))
    if (value !== undefined) positiveInteger(name, value);
  for (const [name, value] of Object.entries({ statementTimeoutMs, connectionTimeoutMs, checkIntervalMs }))
    if (value !== undefined) milliseconds(name, value);
}

/** Makes a query tool callable: each call is one transaction under the entitlements that the source tells then. */
export function serveQueryTool<Principal>(
  tool: QueryTool<Principal>,
  pool: Pool,
  source: EntitlementsSource<Entitlements<Principal>>,
  limits: QueryLimits,
): Tool {
  const { options, ...caps } = limitsOf(tool, limits);
  const madeAt = performance.now();
  const { name, title, description, inputSchema, outputSchema, annotations } = tool;
  const call = async (given: unknown, { signal }: ToolCallContext) => {
    let entitlements: Entitlements<Principal> | undefined;
    const principal = () => ({ principal: entitlements?.principal });
    try {
      // First, so that a call which is refused for its arguments is told of with the name of who made it.
      entitlements = await entitlementsOf(source);
      const input = await tool.readInput(given);
      const parameters = tool.parameters(input, entitlements.principal);
      checkSince(pool, { ...options, role: entitlements.role }, madeAt);
      const { rows, truncated } = await withLimitedEntitlements(
        pool,
        entitlements,
        (scope) => runLimitedQuery(scope, tool.query, parameters, { ...caps, isLast: true }).catch(inPublic),
        { ...options, signal },
      );
      if (truncated && rows.length === 0) throw tooLarge();
      const answer = await tool.answer(rows, { input, truncated: truncated !== false });
      return { text: JSON.stringify(answer), rows: rows.length, ...principal() };
    } catch (error) {
      return { ...toolFailure(notOfTheCaller(error, tool, given)), ...principal() };
    }
  };
  return { name, title, description, inputSchema, outputSchema, annotations, call };
}

/** What bounds a call of a tool: its own limits, else those that it is served with. */
export function limitsOf(tool: QueryTool<never>, limits: QueryLimits) {
  const { maxRows = 200, maxBytes = 100_000, ...callOptions } = limits;
  const { statementTimeoutMs } = tool.limits;
  return {
    maxRows: tool.limits.maxRows ?? maxRows,
    maxBytes: tool.limits.maxBytes ?? maxBytes,
    options: { ...callOptions, ...(statementTimeoutMs !== undefined && { statementTimeoutMs }) },
  };
}

/** Asks for the entitlements, and looks at them before what they hold is bound. */
export async function entitlementsOf<Principal>(
  source: EntitlementsSource<Entitlements<Principal>>,
): Promise<Entitlements<Principal>> {
  const entitlements = await resolveEntitlements(source);
  if (!isEntitlements(entitlements))
    throw new MovieHubError('invalid_entitlements', 'Entitlements must come from defineEntitlements.');
  return entitlements;
}

/** A value that PostgreSQL refused is no fault of a caller who did not give it: a bound one, or any where no argument was given. */
function notOfTheCaller(error: unknown, { inputSchema }: Pick<Tool, 'inputSchema'>, given: unknown): unknown {
  if (!(error instanceof InvalidValue)) return error;
  const { properties } = inputSchema;
  if (error.parameter === undefined) {
    const hasArguments = Object.values(given ?? {}).some((value) => value !== null && value !== undefined);
    return hasArguments ? error : new MovieHubError('query_failed', 'The query failed.', { cause: error });
  }
  if (Object.hasOwn(properties, error.parameter)) return error;
  return new MovieHubError('internal', 'The tool failed. This is not because of the arguments.', {
    cause: error,
  });
}

/** What a query misses may be any schema's, and a model can install none. */
function inPublic(cause: unknown): never {
  if (!isMovieHubError(cause) || cause.code !== 'database_not_ready') throw cause;
  throw new MovieHubError(cause.code, 'The database is not set up for this yet.', { cause });
}

function tooLarge(): MovieHubError {
  return new MovieHubError(
    'result_too_large',
    'Not even the first row is small enough to send. Ask for something narrower.',
  );
}
