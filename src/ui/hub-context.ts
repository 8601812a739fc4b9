import type { FastifyReply, FastifyRequest } from 'fastify';
import {
  type AgentServer,
  createMovieMcpServer,
  createTimeMcpServer,
  type limitConcurrency,
  type Model,
  type MovieEntitlements,
  type RunAgentOptions,
  type RunLimits,
  type ToolCall,
} from 'movie-hub';
import type { Pool } from 'pg';
import { openAssets } from './assets';
import { type SessionLimits, sessionLimits } from './session/session-limits';
import { callsAtOnce, limitFiles, limitPages } from './take-turn';

/** Who asks, as read from the database for this request. */
export interface Principal {
  readonly username: string;
  /** May use the admin pages; says nothing about titles. */
  readonly isAdmin: boolean;
  /** Title types that the user may see; empty means none. */
  readonly titleTypes: readonly number[];
  /** What the table of sessions holds of his session's id: no id, so it lets nobody in. */
  readonly session: string;
}

/** What the servers of one chat turn are made from. */
export interface ChatContext {
  readonly principal: Principal;
  /** Reads from the database, at each call, what the user may see now. */
  readonly entitlements: () => Promise<MovieEntitlements>;
}

/** What a login function has at hand. */
export interface LoginStep {
  /** What the redirect before, of this browser, said to keep; undefined at the first step. Each thing is handed over once. */
  readonly kept: Readonly<Record<string, string>> | undefined;
  /** For cookies and headers of your own; the hub sends the answer. */
  readonly reply: FastifyReply;
}

/**
 * What a login function found out: who it is; where to send the browser, and what to keep until it comes back; or, when it is
 * undefined, that nobody may come in.
 */
export type LoginOutcome =
  | { readonly username: string }
  | { readonly redirect: string; readonly keep?: Readonly<Record<string, string>> }
  | undefined;

/** Signs in by other means than the hub's passwords. */
export type LoginFunction = (request: FastifyRequest, step: LoginStep) => Promise<LoginOutcome>;

/** What the hub needs. */
export interface HubOptions {
  /** One pool for each scope; on a server each has a login of its own. They stay the caller's to end. */
  pools: { reader: Pool; editor: Pool; accounts: Pool };
  /** The model that answers in the chat. */
  model: Model;
  /** True when the model is a stand-in of rules, which the page then says. */
  isStandIn?: boolean;
  /** Signs the session cookie: 32 characters or more, kept secret, the same after a restart. */
  sessionSecret: string;
  /**
   * Makes the servers of a chat turn; the movie server and the time server unless given. A connected MCP `Client` stays
   * open after the turn: it is the caller's to keep for the next one, and to close.
   */
  servers?: (chat: ChatContext) => readonly AgentServer[] | Promise<readonly AgentServer[]>;
  /** What the model costs; then the chat page tells what each answer cost. */
  prices?: NonNullable<RunAgentOptions['prices']>;
  /** Limits of each answer; those of `runAgent` unless given. */
  chatLimits?: RunLimits;
  /** Questions that one user may ask in a minute; 20 unless given. */
  questionsPerMinute?: number;
  /** Questions of one user that may be answered at once, each in a chat of its own; 3 unless given. */
  chatsAtOnce?: number;
  /**
   * Tokens, read and written, that the questions of one user may take in 24 hours; any number unless given. Whoever has used
   * them asks no further question; an answer that has begun is not ended by it.
   */
  chatTokensPerDay?: number;
  /** Accounts that the login page shows with their passwords, as long as `users.is_demo` is true. For demos only. */
  demoUsers?: readonly { username: string; password: string }[];
  /**
   * True marks the cookie for TLS only, and asks browsers to stay with TLS: set it wherever there is TLS. False does
   * neither. Unless given, the cookie is marked when a request came over TLS: behind a proxy, when Fastify's `trustProxy`
   * says so.
   */
  secureCookies?: boolean;
  /**
   * Logins tried per minute from one address with one user name; three times that with one name from all addresses together, and ten
   * times that from one address with any name. A browser that signed in before is counted
   * apart. Twenty times as often may the login page be opened. 10 unless given. Behind a proxy set Fastify's
   * `trustProxy` to its address, or all users share one.
   */
  loginsPerMinute?: number;
  /**
   * Takes the place of the password page: called at each GET of `/login` by somebody who is not signed in. The session, its
   * limits and its end stay the hub's; so do the users: whoever it names must be one of them, and not disabled.
   */
  login?: LoginFunction;
  /** Ends a session that nobody used for so many minutes; 480 (8 hours) unless given. */
  sessionIdleMinutes?: number;
  /** Ends a session so many minutes after its login, whatever is done in it; 10,080 (7 days) unless given. */
  sessionMaxMinutes?: number;
}

/** What every route of one mounted hub shares. */
export interface Hub {
  readonly options: HubOptions;
  readonly sessionLimits: SessionLimits;
  /** Runs what a page does with titles, people and users, few at once for each user. */
  readonly takeTurn: ReturnType<typeof limitConcurrency>;
  /** Sends a file, few at once for each user. */
  readonly sendFile: ReturnType<typeof limitConcurrency>;
  /** Returns the path of a page of this hub, under whatever prefix it is mounted. */
  url(path: string): string;
  /** Returns the path of a script or style sheet, which changes with its content. */
  asset(name: string): string;
  /** Makes the servers of a chat turn; the hub's own tell `onToolCall` of each call. */
  chatServers(chat: ChatContext, onToolCall: (call: ToolCall) => unknown): Promise<readonly AgentServer[]>;
}

/**
 * Makes what the routes of one mounted hub share.
 *
 * @throws MovieHubError `invalid_argument` for limits of sessions that are none.
 */
export function createHub(options: HubOptions, prefix: string): Hub {
  const root = prefix.replace(/\/+$/, '');
  const url = (path: string) => root + path;
  const { versionOf } = openAssets();
  return {
    options,
    sessionLimits: sessionLimits(options),
    takeTurn: limitPages(),
    sendFile: limitFiles(),
    url,
    asset: (name) => url(`/assets/${name}?v=${versionOf(name)}`),
    chatServers: async (chat, onToolCall) =>
      options.servers?.(chat) ?? [
        createMovieMcpServer(options.pools.reader, chat.entitlements, {
          onToolCall,
          maxCallsAtOnce: callsAtOnce(options.pools.reader),
        }),
        createTimeMcpServer({ onToolCall }),
      ],
  };
}
