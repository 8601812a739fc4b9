import { defineQuery, type Message, type RunAgentOptions, runQuery } from 'movie-hub';
import type { Pool } from 'pg';
import addTurnSql from '../../../sql/hub/queries/chat_add_turn.sql';
import beginCallSql from '../../../sql/hub/queries/chat_begin_call.sql';
import endTurnSql from '../../../sql/hub/queries/chat_end_turn.sql';
import keepAliveSql from '../../../sql/hub/queries/chat_keep_alive.sql';
import shownTurnsSql from '../../../sql/hub/queries/chat_shown_turns.sql';
import transcriptSql from '../../../sql/hub/queries/chat_transcript.sql';
import type { Principal } from '../hub-context';
import { readTimeoutMs } from '../request-limits';
import { type AccountScope, withAccounts } from '../scopes';
import { type PackedStep, packStep, toJsonb, unpackStep } from './pack-step';
import { titleIdsOf } from './title-links';
import type { CallRecord, Turn, TurnUsage } from './turn';

/** A call that a model asks for. */
export type ToolCallRequest = Parameters<NonNullable<RunAgentOptions['approveTool']>>[0];

/** Maximum number of turns on a page, the newest ones. */
const maxShownTurns = 50;
/** Maximum number of earlier turns sent to the model, the newest ones. */
const maxSentTurns = 20;
/** Time until a process counts as ended without a heartbeat, in seconds: several heartbeat intervals. */
const leaseSeconds = 45;

/** A turn that has begun. */
export interface BegunTurn {
  readonly turnId: string;
  readonly threadId: string;
  /** Number within the conversation, from 1. A global number would reveal how much other users ask. */
  readonly number: number;
}

/** The result of a turn. */
export interface TurnEnd extends Omit<Turn, 'id' | 'question'> {
  readonly username: string;
  /** All title types that the user was entitled to while it ran. */
  readonly titleTypes: readonly number[];
  /** The turn's messages, as exchanged with the model. */
  readonly messages: readonly Message[];
  readonly calls: readonly CallRecord[];
  /** Ids of the rows recorded before the calls, by `toolUseId`. */
  readonly recordedCalls: ReadonlyMap<string, string>;
}

/** Returns the element id of a turn. */
export function turnId(number: number): string {
  return `turn-${number}`;
}

/** Returns the turns of a conversation that the user may see now, oldest first; with `number` only that one. */
export async function shownTurns(
  accounts: Pool,
  threadId: string,
  principal: Principal,
  number: number | null = null,
): Promise<Turn[]> {
  const parameters = { ...coveredBy(principal, threadId, maxShownTurns), turn_number: number };
  const rows = await withAccounts(accounts, (scope) => runQuery(scope, shownTurnsQuery, parameters), {
    statementTimeoutMs: readTimeoutMs,
  });
  return rows.reverse().map((row) => ({
    id: turnId(row.turn_number),
    question: row.question,
    steps: row.steps.map(unpackStep),
    answer: row.answer,
    stopReason: row.stop_reason,
    usage: row.usage,
  }));
}

/** Returns the messages of each turn that the user may see now, newest turn first. */
export async function transcriptOf(
  accounts: Pool,
  threadId: string,
  principal: Principal,
): Promise<Message[][]> {
  const parameters = coveredBy(principal, threadId, maxSentTurns);
  const rows = await withAccounts(accounts, (scope) => runQuery(scope, transcriptQuery, parameters));
  return rows.map((row) => row.messages);
}

/** Stores a question with the user's current title types. */
export async function addTurn(
  scope: AccountScope,
  threadId: string,
  { titleTypes }: Principal,
  question: string,
): Promise<BegunTurn> {
  const parameters = { thread_id: threadId, title_types: titleTypes, question, lease_seconds: leaseSeconds };
  const [row] = await runQuery(scope, addTurnQuery, parameters);
  return { turnId: row?.turn_id ?? '', threadId, number: row?.turn_number ?? 0 };
}

/** Renews the leases of running turns, and stores their usage. */
export async function keepAlive(
  accounts: Pool,
  running: readonly { readonly turnId: string; readonly usage: TurnUsage }[],
): Promise<void> {
  const rows = running.map(({ turnId: turn_id, usage }) => ({ turn_id, usage }));
  const parameters = { running: toJsonb(rows), lease_seconds: leaseSeconds };
  await withAccounts(accounts, (scope) => runQuery(scope, keepAliveQuery, parameters));
}

/** Records a tool call before it runs, and returns the id of its row. */
export async function beginCall(
  accounts: Pool,
  username: string,
  { server, name: tool, arguments: given }: ToolCallRequest,
): Promise<string> {
  const parameters = { username, server, tool, arguments: toJsonb(given) };
  const [row] = await withAccounts(accounts, (scope) => runQuery(scope, beginCallQuery, parameters));
  return row?.tool_call_id ?? '';
}

/** Stores the result of a turn and of its tool calls. Repeating it changes nothing. */
export async function endTurn(accounts: Pool, turn: BegunTurn, end: TurnEnd): Promise<void> {
  const calls = end.calls.map(({ toolUseId, ...call }) => ({
    ...call,
    tool_call_id: end.recordedCalls.get(toolUseId) ?? null,
    row_count: asInteger(call.row_count),
  }));
  const parameters = {
    turn_id: turn.turnId,
    thread_id: turn.threadId,
    username: end.username,
    title_types: end.titleTypes,
    title_ids: titleIdsOf(end.steps),
    answer: end.answer.replaceAll('\0', '\ufffd'),
    messages: toJsonb(end.messages),
    steps: toJsonb(end.steps.map(packStep)),
    stop_reason: end.stopReason,
    usage: toJsonb(end.usage),
    tool_calls: toJsonb(calls),
  };
  await withAccounts(accounts, (scope) => runQuery(scope, endTurnQuery, parameters));
}

/** A third-party server may report any number of rows. */
function asInteger(rows: number | null): number | null {
  return Number.isInteger(rows) && Math.abs(Number(rows)) < 2 ** 31 ? rows : null;
}

/** The condition for using a turn: the conversation is the user's, and their current entitlements cover the turn. */
function coveredBy({ username, titleTypes }: Principal, threadId: string, limit: number) {
  return { thread_id: threadId, username, title_types: titleTypes, max_results: limit };
}

type Covered = ReturnType<typeof coveredBy>;
const coveredParameters = ['thread_id', 'username', 'title_types', 'max_results'] as const;

const shownTurnsQuery = defineQuery<
  {
    turn_number: number;
    question: string;
    steps: PackedStep[];
    answer: string;
    stop_reason: string;
    usage: TurnUsage;
  },
  Covered & { turn_number: number | null }
>({ name: 'chat_shown_turns', sql: shownTurnsSql, parameters: [...coveredParameters, 'turn_number'] });

const transcriptQuery = defineQuery<{ messages: Message[] }, Covered>({
  name: 'chat_transcript',
  sql: transcriptSql,
  parameters: coveredParameters,
});

const addTurnQuery = defineQuery<
  { turn_id: string; turn_number: number },
  { thread_id: string; title_types: readonly number[]; question: string; lease_seconds: number }
>({
  name: 'chat_add_turn',
  sql: addTurnSql,
  parameters: ['thread_id', 'title_types', 'question', 'lease_seconds'],
});

const keepAliveQuery = defineQuery<object, { running: string; lease_seconds: number }>({
  name: 'chat_keep_alive',
  sql: keepAliveSql,
  parameters: ['running', 'lease_seconds'],
});

const beginCallQuery = defineQuery<
  { tool_call_id: string },
  { username: string; server: string; tool: string; arguments: string }
>({ name: 'chat_begin_call', sql: beginCallSql, parameters: ['username', 'server', 'tool', 'arguments'] });

const endTurnQuery = defineQuery<
  object,
  {
    turn_id: string;
    thread_id: string;
    username: string;
    title_types: readonly number[];
    title_ids: readonly number[];
    answer: string;
    messages: string;
    steps: string;
    stop_reason: string;
    usage: string;
    tool_calls: string;
  }
>({
  name: 'chat_end_turn',
  sql: endTurnSql,
  parameters: [
    'turn_id',
    'thread_id',
    'username',
    'title_types',
    'title_ids',
    'answer',
    'messages',
    'steps',
    'stop_reason',
    'usage',
    'tool_calls',
  ],
});
