import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { MovieHubError } from 'movie-hub';
import { textField } from '../form-fields';
import { html } from '../html';
import type { Hub } from '../hub-context';
import { principalOf } from '../principal';
import { sendHtml, sendPage } from '../send-page';
import { readMessage } from './chat-message';
import { chatView } from './chat-page';
import { entitlementsLost } from './entitlement-watch';
import { runTurn } from './run-turn';
import { partial } from './server-sent-event';
import { streamTurn } from './stream-turn';
import { addThread, latestThread, ownsThread, shownTurns } from './threads';
import type { Turn } from './turn';

/** Adds the pages of the chat: GET /chat, POST /chat and POST /chat/new. */
export function chatRoutes(app: FastifyInstance, hub: Hub): void {
  const { accounts } = hub.options.pools;

  app.get('/chat', async (request, reply) => {
    const known = await findThread(request, textField(request.query, 'thread'));
    return sendChat(request, reply, known);
  });

  app.post('/chat/new', async (request, reply) => {
    const threadId = await addThread(accounts, principalOf(request).username);
    return reply.redirect(chatUrl(threadId), 303);
  });

  app.post('/chat', async (request, reply) => {
    const known = await findThread(request, textField(request.body, 'thread'));
    const message = readMessage(textField(request.body, 'message'));
    const isPart = request.headers['hx-request'] !== undefined;
    if (message.problem !== undefined) {
      if (!isPart) return sendChat(request, reply, known, message);
      return sendHtml(reply, partial('composer-problem', 'innerHTML', html`${message.problem}`), 422);
    }
    const principal = principalOf(request);
    const threadId = known ?? (await addThread(accounts, principal.username));
    const question = message.text;
    const stop = whenClosed(reply);
    const updates = runTurn({ hub, principal, threadId, question, stop, log: request.log });
    if (!isPart) {
      const turn = await lastOf(updates);
      // The page that he is led to would not show it.
      if (turn?.stopReason === entitlementsLost.stopReason)
        throw new MovieHubError('conflict', entitlementsLost.text);
      return reply.redirect(chatUrl(threadId, turn), 303);
    }
    const messages = streamTurn({ hub, threadId, question, updates, log: request.log });
    return reply
      .header('Content-Type', 'text/event-stream; charset=utf-8')
      .header('X-Accel-Buffering', 'no')
      .send(Readable.from(messages));
  });

  function chatUrl(threadId: string, turn?: Turn): string {
    return hub.url(`/chat?thread=${threadId}${turn ? `#${turn.id}` : ''}`);
  }

  /** Another user's conversation and one that does not exist are told apart by nothing. */
  async function findThread(request: FastifyRequest, threadId: string): Promise<string | undefined> {
    const { username } = principalOf(request);
    if (threadId === '') return latestThread(accounts, username);
    if (await ownsThread(accounts, username, threadId)) return threadId;
    throw new MovieHubError('not_found', 'There is no such chat.');
  }

  async function sendChat(
    request: FastifyRequest,
    reply: FastifyReply,
    threadId: string | undefined,
    refused?: { problem: string; typed: string },
  ): Promise<FastifyReply> {
    const principal = principalOf(request);
    const turns = threadId === undefined ? [] : await shownTurns(accounts, threadId, principal);
    const view = { hub, csrfToken: reply.generateCsrf(), threadId, turns, ...(refused ? { refused } : {}) };
    return sendPage(hub, request, reply, {
      title: 'Chat',
      active: 'chat',
      content: chatView(view),
      ...(refused ? { status: 422 } : {}),
    });
  }
}

/** Aborts when the browser leaves, or has left; after the response has been sent that changes nothing. */
function whenClosed(reply: FastifyReply): AbortController {
  const controller = new AbortController();
  reply.raw.once('close', () => controller.abort());
  if (reply.raw.destroyed) controller.abort();
  return controller;
}

/** Runs a turn to its end. */
async function lastOf(updates: ReturnType<typeof runTurn>): Promise<Turn | undefined> {
  let turn: Turn | undefined;
  for await (const update of updates) if (update.type === 'finished') turn = update.turn;
  return turn;
}
