import { MovieHubError } from 'movie-hub';
import type { Pool } from 'pg';
import type { HubOptions, Principal } from '../hub-context';
import { withAccounts } from '../scopes';
import { lockUser, recentUse } from './recent-use';
import { addThread, latestThread, requireThread } from './threads';
import { addTurn, type BegunTurn } from './turns';

/** How much one user may ask. */
export interface ChatLimits {
  readonly perMinute: number;
  readonly atOnce: number;
  /** Undefined: any number. */
  readonly tokensPerDay: number | undefined;
}

/** A question that may not be asked now: in words for the user. */
export class QuestionRefused extends Error {
  constructor(
    /** 409 while something else runs, 429 when a limit is reached. */
    readonly status: 409 | 429,
    message: string,
    /** When he may ask again, in seconds, where that is known. */
    readonly retryAfter?: number,
  ) {
    super(message);
    this.name = 'QuestionRefused';
  }
}

/**
 * Reads the limits of a hub, with defaults.
 *
 * @throws MovieHubError `invalid_argument` for one that is no whole number above 0.
 */
export function chatLimitsOf(options: HubOptions): ChatLimits {
  const { questionsPerMinute = 20, chatsAtOnce = 3, chatTokensPerDay } = options;
  for (const [name, value] of Object.entries({ questionsPerMinute, chatsAtOnce, chatTokensPerDay })) {
    if (value === undefined || (Number.isSafeInteger(value) && value > 0)) continue;
    throw new MovieHubError('invalid_argument', `${name} must be a whole number above 0.`);
  }
  return { perMinute: questionsPerMinute, atOnce: chatsAtOnce, tokensPerDay: chatTokensPerDay };
}

/**
 * Keeps a question that is going to be answered, if it may be asked now.
 *
 * The database decides, one question of a user after the other: what is refused in one process is refused in all.
 *
 * @param threadId Undefined for the user's latest conversation, or a new one where there is none.
 * @returns The turn, and the user with what he may see as it begins.
 * @throws QuestionRefused; MovieHubError `unauthenticated` when his session has ended, `not_found` for a deleted conversation.
 */
export async function beginTurn(
  accounts: Pool,
  limits: ChatLimits,
  asked: { principal: Principal; threadId: string | undefined; question: string },
): Promise<{ principal: Principal; begun: BegunTurn }> {
  const { threadId, question } = asked;
  return withAccounts(accounts, async (scope) => {
    const principal = await lockUser(scope, asked.principal);
    const { username } = principal;
    // It may have been deleted since it was found.
    if (threadId !== undefined) await requireThread(scope, username, threadId);
    // A form that was sent twice must not begin two conversations.
    const thread = threadId ?? (await latestThread(scope, username)) ?? (await addThread(scope, username));
    refuse(limits, await recentUse(scope, { username, threadId: thread, ...limits }));
    return { principal, begun: await addTurn(scope, thread, principal, question) };
  });
}

function refuse(limits: ChatLimits, use: Awaited<ReturnType<typeof recentUse>>): void {
  if (use.isAnswering) {
    throw new QuestionRefused(
      409,
      'This chat is still answering your last question. Wait until it has, or stop it.',
    );
  }
  if (use.running >= limits.atOnce) {
    const chats = use.running === 1 ? 'Another chat of yours is' : `${use.running} other chats of yours are`;
    throw new QuestionRefused(409, `${chats} still answering. Wait until one has, or stop it.`);
  }
  if (use.waitForMinute > 0) {
    const most = `${limits.perMinute} ${limits.perMinute === 1 ? 'question' : 'questions'} a minute`;
    throw refusedFor(use.waitForMinute, `You may ask ${most}.`);
  }
  if (use.waitForTokens > 0) {
    const most = Number(limits.tokensPerDay).toLocaleString('en');
    throw refusedFor(use.waitForTokens, `You have used the ${most} tokens that you have for 24 hours.`);
  }
}

function refusedFor(seconds: number, why: string): QuestionRefused {
  return new QuestionRefused(429, `${why} Ask again in ${durationOf(seconds)}.`, Math.ceil(seconds));
}

/** Rounds up: who waits as long as he is told may ask. */
function durationOf(seconds: number): string {
  const units = [
    ['hour', 3600],
    ['minute', 60],
  ] as const;
  const [unit, length] = units.find(([, each]) => seconds > 2 * each) ?? ['second', 1];
  const count = Math.ceil(seconds / length);
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}
