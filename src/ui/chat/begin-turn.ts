import { MovieHubError } from 'movie-hub';
import type { Pool } from 'pg';
import type { HubOptions, Principal } from '../hub-context';
import { withAccounts } from '../scopes';
import { lockUser, recentUse } from './recent-use';
import { addThread, latestThread, requireThread } from './threads';
import { addTurn, type BegunTurn } from './turns';

/** Limits of a user's questions. */
export interface ChatLimits {
  readonly perMinute: number;
  readonly atOnce: number;
  /** Undefined: any number. */
  readonly tokensPerDay: number | undefined;
}

/** A question was refused; the message is for the user. */
export class QuestionRefused extends Error {
  constructor(
    /** 409 while another answer runs, 429 over a limit. */
    readonly status: 409 | 429,
    message: string,
    /** Seconds until the next question is allowed, if known. */
    readonly retryAfter?: number,
  ) {
    super(message);
    this.name = 'QuestionRefused';
  }
}

/**
 * Reads the limits of a hub, with defaults.
 *
 * @throws MovieHubError `invalid_argument` for a limit that is not a whole number above 0.
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
 * Stores a question, if the limits allow it.
 *
 * The database decides, for one question of a user at a time, so the limits hold across processes.
 *
 * @param threadId Undefined for the user's latest conversation, or a new one.
 * @returns The turn, and the user with their current entitlements.
 * @throws QuestionRefused; MovieHubError `unauthenticated` when the session has ended, `not_found` for a deleted conversation.
 */
export async function beginTurn(
  accounts: Pool,
  limits: ChatLimits,
  input: { principal: Principal; threadId: string | undefined; question: string },
): Promise<{ principal: Principal; begun: BegunTurn }> {
  const { threadId, question } = input;
  return withAccounts(accounts, async (scope) => {
    const principal = await lockUser(scope, input.principal);
    const { username } = principal;
    // It may have been deleted since it was found.
    if (threadId !== undefined) await requireThread(scope, username, threadId);
    // A form sent twice must not create two conversations.
    const thread = threadId ?? (await latestThread(scope, username)) ?? (await addThread(scope, username));
    refuse(limits, await recentUse(scope, { username, threadId: thread, ...limits }));
    return { principal, begun: await addTurn(scope, thread, principal, question) };
  });
}

function refuse(limits: ChatLimits, use: Awaited<ReturnType<typeof recentUse>>): void {
  if (use.isAnswering) {
    throw new QuestionRefused(
      409,
      'This chat is still answering your last question. Wait for the answer, or stop it.',
    );
  }
  if (use.running >= limits.atOnce) {
    const chats = use.running === 1 ? 'Another chat of yours is' : `${use.running} other chats of yours are`;
    throw new QuestionRefused(409, `${chats} still answering. Wait for an answer, or stop one.`);
  }
  if (use.waitForMinute > 0) {
    const limit = `${limits.perMinute} ${limits.perMinute === 1 ? 'question' : 'questions'} a minute`;
    throw refusedFor(use.waitForMinute, `You may ask ${limit}.`);
  }
  if (use.waitForTokens > 0) {
    const limit = Number(limits.tokensPerDay).toLocaleString('en');
    throw refusedFor(use.waitForTokens, `You have used your ${limit} tokens for 24 hours.`);
  }
}

function refusedFor(seconds: number, why: string): QuestionRefused {
  return new QuestionRefused(429, `${why} Ask again in ${durationOf(seconds)}.`, Math.ceil(seconds));
}

/** Rounds up, so that waiting this long is enough. */
function durationOf(seconds: number): string {
  const units = [
    ['hour', 3600],
    ['minute', 60],
  ] as const;
  const [unit, length] = units.find(([, each]) => seconds > 2 * each) ?? ['second', 1];
  const count = Math.ceil(seconds / length);
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}
