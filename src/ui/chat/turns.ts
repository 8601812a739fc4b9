import { defineQuery, type Message, type RunAgentOptions, runQuery } from 'movie-hub';
import type { Pool } from 'pg';
import addTurnSql from '../../../sql/hub/queries/chat_add_turn.sql';
import beginCallSql from '../../../sql/hub/queries/chat_begin_call.sql';
import endTurnSql from '../../../sql/hub/queries/chat_end_turn.sql';
import keepAliveSql from '../../../sql/hub/queries/chat_keep_alive.sql';
import shownTurnsSql from '../../../sql/hub/queries/chat_shown_turns.sql';
import transcriptSql from '../../../sql/hub/queries/chat_transcript.sql';
import type { Principal } from '../hub-context';
import { type AccountScope, withAccounts } from '../scopes';
import { readTimeoutMs } from '../take-turn';
import { type PackedStep, packStep, toJsonb, unpackStep } from './pack-step';
import { titleIdsOf } from './title-links';
import type { CallRecord, Turn, TurnUsage } from './turn';

/** A call that a model asks for. */
export type ToolCallRequest = Parameters<NonNullable<RunAgentOptions['approveTool']>>[0];

/** Most turns of a conversation on a page, the newest ones. */
const mostShown = 50;
/** Most turns of a conversation that a model is sent, the newest ones. */
const mostSent = 20;
/** How long a process that says nothing is taken to be there, in seconds: several times what lies between two sayings. */
const leaseSeconds = 45;

/** A turn that was begun. */
export interface BegunTurn {
  readonly turnId: string;
  readonly threadId: string;
  /** Counted within the conversation from 1: a number of all turns would tell how much other users ask. */
  readonly place: number;
}

/** What came of a turn. */
export interface TurnEnd extends Omit<Turn, 'id' | 'question'> {
  readonly username: string;
  /** Every title type that the user was entitled to while it ran. */
  readonly titleTypes: readonly number[];
  /** The turn as the model saw it. */
  readonly messages: readonly Message[];
  readonly calls: readonly CallRecord[];
  /** The rows of the calls that were noted before they were made, by `toolUseId`. */
  readonly noted: ReadonlyMap<string, string>;
}

/** Returns the id of a turn on the page. */
export function turnId(place: number): string {
  return `turn-${place}`;
}

/** Returns the turns of a conversation that the user may see as entitled now, oldest first; with `place` only that one. */
export async function shownTurns(
  accounts: Pool,
  threadId: string,
  principal: Principal,
  place: number | null = null,
): Promise<Turn[]> {
  const parameters = { ...coveredBy(principal, threadId, mostShown), place };
  const rows = await withAccounts(accounts, (scope) => runQuery(scope, shownTurnsQuery, parameters), {
    statementTimeoutMs: readTimeoutMs,
  });
  return rows.reverse().map((row) => ({
    id: turnId(row.place),
    question: row.question,
    steps: row.steps.map(unpackStep),
    answer: row.answer,
    stopReason: row.stop_reason,
    usage: row.usage,
  }));
}

/** Returns the messages of each turn that the user may see as entitled now, newest turn first. */
export async function transcriptOf(
  accounts: Pool,
  threadId: string,
  principal: Principal,
): Promise<Message[][]> {
  const parameters = coveredBy(principal, threadId, mostSent);
  const rows = await withAccounts(accounts, (scope) => runQuery(scope, transcriptQuery, parameters));
  return rows.map((row) => row.messages);
}

/** Keeps a question that is going to be answered, with what the user is entitled to at its start. */
export async function addTurn(
  scope: AccountScope,
  threadId: string,
  { titleTypes }: Principal,
  question: string,
): Promise<BegunTurn> {
  const parameters = { thread_id: threadId, title_types: titleTypes, question, lease_seconds: leaseSeconds };
  const [row] = await runQuery(scope, addTurnQuery, parameters);
  return { turnId: row?.turn_id ?? '', threadId, place: row?.place ?? 0 };
}

/** Says that the process of running turns is there, and what each took so far. */
export async function keepAlive(
  accounts: Pool,
  running: readonly { readonly turnId: string; readonly usage: TurnUsage }[],
): Promise<void> {
  const rows = running.map(({ turnId: turn_id, usage }) => ({ turn_id, usage }));
  const parameters = { running: toJsonb(rows), lease_seconds: leaseSeconds };
  await withAccounts(accounts, (scope) => runQuery(scope, keepAliveQuery, parameters));
}

/** Notes a call of a tool before it is made, and returns the number of its row. */
export async function beginCall(
  accounts: Pool,
  username: string,
  { server, name: tool, arguments: given }: ToolCallRequest,
): Promise<string> {
  const parameters = { username, server, tool, arguments: toJsonb(given) };
  const [row] = await withAccounts(accounts, (scope) => runQuery(scope, beginCallQuery, parameters));
  return row?.tool_call_id ?? '';
}

/** Keeps what came of a turn, and how its calls of tools ended. Doing it again changes nothing. */
export async function endTurn(accounts: Pool, turn: BegunTurn, end: TurnEnd): Promise<void> {
  const calls = end.calls.map(({ toolUseId, ...call }) => ({
    ...call,
    tool_call_id: end.noted.get(toolUseId) ?? null,
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

/** A server of somebody else's may tell any number of rows. */
function asInteger(rows: number | null): number | null {
  return Number.isInteger(rows) && Math.abs(Number(rows)) < 2 ** 31 ? rows : null;
}

/** The one condition under which a turn of a conversation may be used: it is the user's, and today's rights cover it. */
function coveredBy({ username, titleTypes }: Principal, threadId: string, most: number) {
  return { thread_id: threadId, username, title_types: titleTypes, most };
}

type Covered = ReturnType<typeof coveredBy>;
const coveredParameters = ['thread_id', 'username', 'title_types', 'most'] as const;

const shownTurnsQuery = defineQuery<
  {
    place: number;
    question: string;
    steps: PackedStep[];
    answer: string;
    stop_reason: string;
    usage: TurnUsage;
  },
  Covered & { place: number | null }
>({ name: 'chat_shown_turns', sql: shownTurnsSql, parameters: [...coveredParameters, 'place'] });

const transcriptQuery = defineQuery<{ messages: Message[] }, Covered>({
  name: 'chat_transcript',
  sql: transcriptSql,
  parameters: coveredParameters,
});

const addTurnQuery = defineQuery<
  { turn_id: string; place: number },
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
