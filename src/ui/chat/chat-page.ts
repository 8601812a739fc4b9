import { type Html, html } from '../html';
import type { Hub } from '../hub-context';
import { csrfField } from '../views/layout';
import { maxMessageLength } from './chat-message';
import type { ListedThread } from './threads';
import type { Turn } from './turn';
import { turnView } from './turn-view';

/** The chat page. */
export interface ChatView {
  hub: Hub;
  csrfToken: string;
  /** Absent before a user's first question. */
  threadId: string | undefined;
  turns: readonly Turn[];
  /** The user's conversations, including this one. */
  threads: readonly ListedThread[];
  /** A refused question. */
  refused?: { problem: string; typed: string };
}

const starters = [
  'Who is in The Godfather?',
  'Which roles did Peter Sellers play?',
  'What time is it in Tokyo?',
] as const;

/** Maximum length of a conversation's name, in characters. */
const maxNameLength = 90;

/** Renders the main part of the chat page. */
export function chatView(view: ChatView): Html {
  const { hub, csrfToken, threadId, turns, threads } = view;
  const context = { hub, threadId: threadId ?? '' };
  return html`<section class="chat" aria-labelledby="chat-heading">
<header class="chat-header">
<h1 id="chat-heading">Chat</h1>
<form method="post" action="${hub.url('/chat/new')}">
${csrfField(csrfToken)}
<button type="submit" class="secondary outline">New chat</button>
</form>
${modelView(hub)}
${threadsView(hub, csrfToken, threads, threadId)}
</header>
<div class="turns" id="turns">${turns.map((turn) => turnView(turn, context))}</div>
${turns.length === 0 && welcomeView(hub, csrfToken, threadId)}
<div class="chat-foot">
<p class="chat-status" id="chat-status" role="status"></p>
${composerView(view)}
</div>
${retryForm(view)}
</section>`;
}

/** Renders the field with the conversation of the next question; empty for the user's latest. */
export function threadFieldView(threadId: string | undefined, id = 'composer-thread'): Html {
  return html`<input type="hidden" id="${id}" name="thread" value="${threadId}">`;
}

function modelView({ options: { model, isStandIn } }: Hub): Html {
  const standIn = html` This is a rule-based stand-in, not an AI. It understands a few kinds of questions. For a real model, set
AWS credentials and <code>BEDROCK_MODEL_ID</code>, then restart.`;
  return html`<p class="model${isStandIn && ' stand-in'}">Answers by <strong>${model.id}</strong>.${isStandIn && standIn}</p>`;
}

/** Shown without turns. The questions have their own form, so that they work without scripts. */
function welcomeView(hub: Hub, csrfToken: string, threadId: string | undefined): Html {
  return html`<div class="welcome">
<p class="welcome-title">Ask about movies, the people in them, or the time</p>
<p>Answers come from the database, limited to what you may see.</p>
<form method="post" action="${hub.url('/chat')}" class="starters">
${csrfField(csrfToken)}
${threadFieldView(threadId, 'starters-thread')}
${starters.map((question) => html`<button type="submit" name="message" value="${question}" class="secondary outline" data-starter>${question}</button>\n`)}
</form>
</div>`;
}

/** The form of all retry buttons. */
function retryForm({ hub, csrfToken, threadId }: ChatView): Html {
  return html`<form method="post" action="${hub.url('/chat')}" id="retry">
${csrfField(csrfToken)}
${threadFieldView(threadId, 'retry-thread')}
</form>`;
}

function composerView({ hub, csrfToken, threadId, refused }: ChatView): Html {
  const action = hub.url('/chat');
  return html`<form class="composer" id="composer" method="post" action="${action}" hx-post="${action}" hx-swap="none" hx-sync="this:drop">
${csrfField(csrfToken)}
${threadFieldView(threadId)}
<label for="composer-message" class="visually-hidden">Your question</label>
<textarea id="composer-message" name="message" rows="1" required maxlength="${maxMessageLength}" placeholder="Ask a question…"${refused && html` aria-invalid="true"`} aria-describedby="composer-problem">
${refused?.typed}</textarea>
<button type="submit" class="send">Send</button>
<button type="button" class="stop secondary" data-stop>Stop</button>
<p class="composer-problem" id="composer-problem" role="alert">${refused?.problem}</p>
</form>`;
}

/** Renders the collapsed list of a user's conversations; nothing when there are none. */
function threadsView(
  hub: Hub,
  csrfToken: string,
  threads: readonly ListedThread[],
  current: string | undefined,
): Html | undefined {
  if (threads.length === 0) return undefined;
  const item = ({ id, question, askedOn }: ListedThread) => {
    const name = shortened(question);
    return html`<li><a href="${hub.url(`/chat?thread=${id}`)}"${id === current && html` aria-current="page"`}>${name}</a>
<time datetime="${askedOn}">${askedOn}</time>
<button type="submit" form="delete-thread" name="thread" value="${id}" class="secondary outline" aria-label="Delete the chat: ${name}" data-confirm="Delete this chat?">Delete</button></li>
`;
  };
  return html`<details class="threads">
<summary>Your chats</summary>
<ul>${threads.map(item)}</ul>
<form method="post" action="${hub.url('/chat/delete')}" id="delete-thread">${csrfField(csrfToken)}</form>
</details>`;
}

function shortened(question: string): string {
  const line = question.replace(/\s+/g, ' ').trim();
  const characters = [...line];
  return characters.length > maxNameLength ? `${characters.slice(0, maxNameLength - 1).join('')}…` : line;
}
