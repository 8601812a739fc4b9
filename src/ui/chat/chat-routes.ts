import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { MovieHubError } from 'movie-hub';
import { parseInteger, textField } from '../form-fields';
import { html } from '../html';
import type { Hub } from '../hub-context';
import { principalOf, runQueued } from '../principal';
import { withAccounts } from '../scopes';
import { sendHtml, sendPage } from '../send-page';
import { beginTurn, type ChatLimits, chatLimitsOf, QuestionRefused } from './begin-turn';
import { readMessage } from './chat-message';
import { chatView } from './chat-page';
import { entitlementsLost } from './entitlement-watch';
import { keepOpen } from './keep-open';
import { RunningTurn } from './running-turn';
import { RunningTurns } from './running-turns';
import { partial } from './server-sent-event';
import { streamTurn } from './stream-turn';
import { addThread, deleteThread, findThread, listThreads } from './threads';
import { turnView } from './turn-view';
import { shownTurns } from './turns';

/** A refused question. */
interface Refused {
  readonly status: number;
  readonly problem: string;
  readonly typed: string;
  readonly retryAfter?: number | undefined;
}

/**
 * Adds the chat routes: GET and POST /chat, GET /chat/turn, POST /chat/new and POST /chat/delete.
 *
 * @throws MovieHubError `invalid_argument` for invalid limits.
 */
export function chatRoutes(app: FastifyInstance, hub: Hub): void {
  const { accounts } = hub.options.pools;
  const limits: ChatLimits = chatLimitsOf(hub.options);
  const running = new RunningTurns(accounts, app.log);
  app.addHook('preClose', () => running.stop());

  app.get('/chat', async (request, reply) => {
    await running.retrySaves();
    const { username } = principalOf(request);
    const threadId = await findThread(accounts, username, textField(request.query, 'thread'));
    return sendChat(request, reply, threadId);
  });

  app.get('/chat/turn', async (request, reply) => {
    const principal = principalOf(request);
    const threadId = await findThread(accounts, principal.username, textField(request.query, 'thread'));
    const number = parseInteger(textField(request.query, 'turn'));
    if (threadId === undefined || number === undefined)
      throw new MovieHubError('not_found', 'There is no such chat.');
    const [turn] = await runQueued(hub, request, () => shownTurns(accounts, threadId, principal, number));
    // An empty response removes a turn that may no longer be shown.
    return sendHtml(reply, turn ? turnView(turn, { hub, threadId }) : html``);
  });

  app.post('/chat/new', async (request, reply) => {
    const { username } = principalOf(request);
    const threadId = await withAccounts(accounts, (scope) => addThread(scope, username));
    return reply.redirect(chatUrl(threadId), 303);
  });

  app.post('/chat/delete', async (request, reply) => {
    const principal = principalOf(request);
    const threadId = await findThread(accounts, principal.username, textField(request.body, 'thread'));
    if (threadId !== undefined) await deleteThread(accounts, principal, threadId);
    return reply.redirect(hub.url('/chat'), 303);
  });

  app.post('/chat', async (request, reply) => {
    const principal = principalOf(request);
    await running.retrySaves();
    const threadId = await findThread(accounts, principal.username, textField(request.body, 'thread'));
    const message = readMessage(textField(request.body, 'message'));
    if (message.problem !== undefined) return refuse(request, reply, threadId, { status: 422, ...message });
    const question = message.text;
    const closed = whenClosed(reply);
    let turn: RunningTurn;
    try {
      turn = new RunningTurn({
        hub,
        ...(await beginTurn(accounts, limits, { principal, threadId, question })),
        question,
        log: request.log,
        saveLater: running.saveLater,
      });
    } catch (cause) {
      if (!(cause instanceof QuestionRefused)) throw cause;
      const { status, message: problem, retryAfter } = cause;
      return refuse(request, reply, threadId, { status, problem, typed: question, retryAfter });
    }
    running.add(turn, closed);
    // When the browser leaves, the model call and the query are cancelled.
    void closed.then(() => turn.stop('aborted'));
    return isPart(request) ? sendStream(request, reply, turn, question) : sendTurn(reply, turn);
  });

  function sendStream(request: FastifyRequest, reply: FastifyReply, turn: RunningTurn, question: string) {
    return reply
      .header('Content-Type', 'text/event-stream; charset=utf-8')
      .header('X-Accel-Buffering', 'no')
      .send(Readable.from(keepOpen(streamTurn({ hub, turn, question, log: request.log }))));
  }

  async function sendTurn(reply: FastifyReply, running: RunningTurn): Promise<FastifyReply> {
    const turn = await running.done;
    // The next page would not show it.
    if (turn.stopReason === entitlementsLost.stopReason)
      throw new MovieHubError('conflict', entitlementsLost.text);
    return reply.redirect(`${chatUrl(running.begun.threadId)}#${turn.id}`, 303);
  }

  async function refuse(
    request: FastifyRequest,
    reply: FastifyReply,
    threadId: string | undefined,
    refused: Refused,
  ): Promise<FastifyReply> {
    if (refused.retryAfter !== undefined) reply.header('Retry-After', refused.retryAfter);
    if (!isPart(request)) return sendChat(request, reply, threadId, refused);
    const problem = partial('composer-problem', 'innerHTML', html`${refused.problem}`);
    return sendHtml(reply, problem, refused.status);
  }

  function chatUrl(threadId: string): string {
    return hub.url(`/chat?thread=${threadId}`);
  }

  async function sendChat(
    request: FastifyRequest,
    reply: FastifyReply,
    threadId: string | undefined,
    refused?: Refused,
  ): Promise<FastifyReply> {
    const [turns, threads] = await runQueued(hub, request, async (principal) => [
      threadId === undefined ? [] : await shownTurns(accounts, threadId, principal),
      await listThreads(accounts, principal),
    ]);
    const view = { hub, csrfToken: reply.generateCsrf(), threadId, turns, threads };
    return sendPage(hub, request, reply, {
      title: 'Chat',
      active: 'chat',
      content: chatView({ ...view, ...(refused ? { refused } : {}) }),
      ...(refused ? { status: refused.status } : {}),
    });
  }
}

function isPart(request: FastifyRequest): boolean {
  return request.headers['hx-request'] !== undefined;
}

/** Settles when the response has been sent, or the browser has left. */
function whenClosed(reply: FastifyReply): Promise<void> {
  if (reply.raw.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    reply.raw.once('close', () => resolve());
  });
}
