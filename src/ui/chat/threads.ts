import { defineQuery, type Message, runQuery, withAccounts } from 'movie-hub';
import type { Pool } from 'pg';
import addThreadSql from '../../../sql/hub/queries/chat_add_thread.sql';
import addTurnSql from '../../../sql/hub/queries/chat_add_turn.sql';
import latestThreadSql from '../../../sql/hub/queries/chat_latest_thread.sql';
import ownThreadSql from '../../../sql/hub/queries/chat_own_thread.sql';
import shownTurnsSql from '../../../sql/hub/queries/chat_shown_turns.sql';
import transcriptSql from '../../../sql/hub/queries/chat_transcript.sql';
import type { Principal } from '../hub-context';
import type { Step, StepOutcome, Turn } from './turn';

/** Most turns of a conversation on a page, the newest ones. */
const mostShown = 50;
/** Most turns of a conversation that a model is sent, the newest ones. */
const mostSent = 20;

/** Returns the id of the conversation that the user was in last, if there is one. */
export async function latestThread(accounts: Pool, username: string): Promise<string | undefined> {
  const [row] = await withAccounts(accounts, (scope) => runQuery(scope, latestThreadQuery, { username }));
  return row?.thread_id;
}

/** Tells whether `threadId`, which may be any text, is a conversation of the user. */
export async function ownsThread(accounts: Pool, username: string, threadId: string): Promise<boolean> {
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(threadId)) return false;
  const parameters = { thread_id: threadId, username };
  const rows = await withAccounts(accounts, (scope) => runQuery(scope, ownThreadQuery, parameters));
  return rows.length > 0;
}

/** Begins a conversation and returns its id. */
export async function addThread(accounts: Pool, username: string): Promise<string> {
  const [row] = await withAccounts(accounts, (scope) => runQuery(scope, addThreadQuery, { username }));
  return row?.thread_id ?? '';
}

/** Returns the turns of a conversation that the user may see as entitled now, oldest first. */
export async function shownTurns(accounts: Pool, threadId: string, principal: Principal): Promise<Turn[]> {
  const parameters = coveredBy(principal, threadId, mostShown);
  const rows = await withAccounts(accounts, (scope) => runQuery(scope, shownTurnsQuery, parameters));
  return rows.reverse().map(({ place, question, steps, answer, stop_reason }) => ({
    id: turnId(place),
    question,
    steps: steps.map(unpackStep),
    answer,
    stopReason: stop_reason,
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

/** A turn to keep. */
export interface NewTurn extends Omit<Turn, 'id'> {
  readonly threadId: string;
  /** Every title type that the user was entitled to while it ran. */
  readonly titleTypes: readonly number[];
  /** The turn as the model saw it. */
  readonly messages: readonly Message[];
}

/** Keeps a turn that has ended. */
export async function addTurn(accounts: Pool, turn: NewTurn): Promise<Turn> {
  const parameters = {
    thread_id: turn.threadId,
    title_types: turn.titleTypes,
    question: turn.question,
    answer: turn.answer.replaceAll('\0', '\ufffd'),
    messages: toJsonb(turn.messages),
    steps: toJsonb(turn.steps.map(packStep)),
    stop_reason: turn.stopReason,
  };
  const [row] = await withAccounts(accounts, (scope) => runQuery(scope, addTurnQuery, parameters));
  const { question, steps, answer, stopReason } = turn;
  return { id: turnId(row?.place ?? 0), question, steps, answer, stopReason };
}

/** Counted within the conversation: a number of all turns would tell how much other users ask. */
function turnId(place: number): string {
  return `turn-${place}`;
}

/** The one condition under which a turn of a conversation may be used: it is the user's, and today's rights cover it. */
function coveredBy({ username, titleTypes }: Principal, threadId: string, most: number) {
  return { thread_id: threadId, username, title_types: titleTypes, most };
}

/** A step as it is kept: jsonb does not keep the order of an object's members, by which columns are shown; text does. */
interface PackedStep {
  name: string;
  arguments: string;
  outcome?: Omit<StepOutcome, 'structuredContent'> & { structuredContent?: string };
}

function packStep({ name, arguments: given, outcome }: Step): PackedStep {
  const packed = { name, arguments: JSON.stringify(given) };
  if (outcome === undefined) return packed;
  const { structuredContent: result, ...rest } = outcome;
  return { ...packed, outcome: { ...rest, ...(result && { structuredContent: JSON.stringify(result) }) } };
}

function unpackStep({ name, arguments: given, outcome }: PackedStep): Step {
  const step: Step = { name, arguments: JSON.parse(given) };
  if (outcome === undefined) return step;
  const { structuredContent: result, ...rest } = outcome;
  return {
    ...step,
    outcome: { ...rest, ...(result !== undefined && { structuredContent: JSON.parse(result) }) },
  };
}

/** Writes JSON that jsonb takes: it refuses NUL and halves of surrogate pairs, which tools and models may send. */
function toJsonb(value: unknown): string {
  return JSON.stringify(value).replace(/\\\\|\\u0000|\\ud[89a-f][0-9a-f]{2}/g, (escaped) =>
    escaped === '\\\\' ? escaped : '\\ufffd',
  );
}

type Covered = ReturnType<typeof coveredBy>;
const coveredParameters = ['thread_id', 'username', 'title_types', 'most'] as const;

const latestThreadQuery = defineQuery<{ thread_id: string }, { username: string }>({
  name: 'chat_latest_thread',
  sql: latestThreadSql,
  parameters: ['username'],
});

const ownThreadQuery = defineQuery<object, { thread_id: string; username: string }>({
  name: 'chat_own_thread',
  sql: ownThreadSql,
  parameters: ['thread_id', 'username'],
});

const addThreadQuery = defineQuery<{ thread_id: string }, { username: string }>({
  name: 'chat_add_thread',
  sql: addThreadSql,
  parameters: ['username'],
});

const shownTurnsQuery = defineQuery<
  { place: number; question: string; steps: PackedStep[]; answer: string; stop_reason: string },
  Covered
>({ name: 'chat_shown_turns', sql: shownTurnsSql, parameters: coveredParameters });

const transcriptQuery = defineQuery<{ messages: Message[] }, Covered>({
  name: 'chat_transcript',
  sql: transcriptSql,
  parameters: coveredParameters,
});

const addTurnQuery = defineQuery<
  { place: number },
  {
    thread_id: string;
    title_types: readonly number[];
    question: string;
    answer: string;
    messages: string;
    steps: string;
    stop_reason: string;
  }
>({
  name: 'chat_add_turn',
  sql: addTurnSql,
  parameters: ['thread_id', 'title_types', 'question', 'answer', 'messages', 'steps', 'stop_reason'],
});
