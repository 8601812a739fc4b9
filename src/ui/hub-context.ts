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
import { limitFiles, limitPages, maxConcurrentCalls } from './request-limits';
import { type SessionLimits, sessionLimits } from './session/session-limits';

/** The signed-in user, read from the database for each request. */
export interface Principal {
  readonly username: string;
  /** May use the admin pages. Does not grant any titles. */
  readonly isAdmin: boolean;
  /** Title types that the user may see; empty means none. */
  readonly titleTypes: readonly number[];
  /** The hash of the session id; it cannot be used to sign in. */
  readonly session: string;
}

/** Input for the MCP servers of a chat turn. */
export interface ChatContext {
  readonly principal: Principal;
  /** Reads the user's current entitlements from the database at each call. */
  readonly entitlements: () => Promise<MovieEntitlements>;
}

/** Second argument of a login function. */
export interface LoginStep {
  /** The `save` of this browser's previous step, passed on once; undefined in the first step. */
  readonly saved: Readonly<Record<string, string>> | undefined;
  /** For your own cookies and headers; the hub sends the response. */
  readonly reply: FastifyReply;
}

/**
 * Result of a login function: the user; or a redirect, with data to save in the session until the browser returns; or undefined
 * to refuse the login.
 */
export type LoginOutcome =
  | { readonly username: string }
  | { readonly redirect: string; readonly save?: Readonly<Record<string, string>> }
  | undefined;

/** Signs users in by other means than the hub's passwords. */
export type LoginFunction = (request: FastifyRequest, step: LoginStep) => Promise<LoginOutcome>;

/** Options of the hub. */
export interface HubOptions {
  /** One pool for each scope, on a server each with its own login. The caller ends them. */
  pools: { reader: Pool; editor: Pool; accounts: Pool };
  /** The model that answers in the chat. */
  model: Model;
  /** True when the model is a rule-based stand-in; the chat page then says so. */
  isStandIn?: boolean;
  /** Signs the session cookie: at least 32 characters, secret, the same after a restart. */
  sessionSecret: string;
  /**
   * Returns the MCP servers of a chat turn; by default the movie server and the time server. A connected MCP `Client` stays open
   * after the turn: the caller closes it.
   */
  servers?: (chat: ChatContext) => readonly AgentServer[] | Promise<readonly AgentServer[]>;
  /** Prices of the model; with them the chat page shows the cost of each answer. */
  prices?: NonNullable<RunAgentOptions['prices']>;
  /** Limits of each answer; by default those of `runAgent`. */
  chatLimits?: RunLimits;
  /** Questions per user and minute; by default 20. */
  questionsPerMinute?: number;
  /** Concurrent answers per user, each in its own chat; by default 3. */
  chatsAtOnce?: number;
  /**
   * Input and output tokens per user in 24 hours; by default no limit. When they are used up, further questions are refused; a
   * running answer continues.
   */
  chatTokensPerDay?: number;
  /** Accounts that the login page shows with their passwords while `users.is_demo` is true. For demos only. */
  demoUsers?: readonly { username: string; password: string }[];
  /**
   * True marks cookies `Secure` and sends HSTS: set it wherever you use TLS. False does neither. By default cookies are `Secure`
   * when the request came over TLS, which behind a proxy requires Fastify's `trustProxy`.
   */
  secureCookies?: boolean;
  /**
   * Login attempts per minute for one address and user name; by default 10. Three times as many for one user name from all
   * addresses, and ten times as many from one address. A browser that has signed in before has its own limit. The login page may
   * be opened twenty times as often. Behind a proxy set Fastify's `trustProxy` to its address, or all users share one address.
   */
  loginsPerMinute?: number;
  /**
   * Replaces the password page: called at each GET of `/login` without a session. The hub still manages sessions and users: the
   * returned user must exist and not be disabled.
   */
  login?: LoginFunction;
  /** Minutes after which an unused session ends; by default 480 (8 hours). */
  sessionIdleMinutes?: number;
  /** Minutes after login when a session ends, even if it is in use; by default 10,080 (7 days). */
  sessionMaxMinutes?: number;
}

/** Shared by all routes of a mounted hub. */
export interface Hub {
  readonly options: HubOptions;
  readonly sessionLimits: SessionLimits;
  /** Queues the database work of pages, for each user. */
  readonly queuePage: ReturnType<typeof limitConcurrency>;
  /** Queues file downloads, for each user. */
  readonly queueFile: ReturnType<typeof limitConcurrency>;
  /** Returns the path of a page of this hub, with its prefix. */
  url(path: string): string;
  /** Returns the path of a static file, which changes with its content. */
  asset(name: string): string;
  /** Returns the MCP servers of a chat turn; the hub's own report each call to `onToolCall`. */
  chatServers(chat: ChatContext, onToolCall: (call: ToolCall) => void): Promise<readonly AgentServer[]>;
}

/**
 * Creates the context of a mounted hub.
 *
 * @throws MovieHubError `invalid_argument` for invalid session limits.
 */
export function createHub(options: HubOptions, prefix: string): Hub {
  const root = prefix.replace(/\/+$/, '');
  const url = (path: string) => root + path;
  const { versionOf } = openAssets();
  return {
    options,
    sessionLimits: sessionLimits(options),
    queuePage: limitPages(),
    queueFile: limitFiles(),
    url,
    asset: (name) => url(`/assets/${name}?v=${versionOf(name)}`),
    chatServers: async (chat, onToolCall) =>
      options.servers?.(chat) ?? [
        createMovieMcpServer(options.pools.reader, chat.entitlements, {
          onToolCall,
          maxCallsAtOnce: maxConcurrentCalls(options.pools.reader),
        }),
        createTimeMcpServer({ onToolCall }),
      ],
  };
}
