import { type Html, html } from '../html';
import type { Hub } from '../hub-context';
import { csrfField } from '../views/layout';
import { maxMessageLength } from './chat-message';
import type { ListedThread } from './threads';
import { threadsView } from './threads-view';
import type { Turn } from './turn';
import { turnView } from './turn-view';

/** What the chat page shows. */
export interface ChatView {
  hub: Hub;
  csrfToken: string;
  /** Absent before the first question of a user. */
  threadId: string | undefined;
  turns: readonly Turn[];
  /** Other conversations of the user, and this one. */
  threads: readonly ListedThread[];
  /** A question that was refused: what is wrong with it, and what was typed. */
  refused?: { problem: string; typed: string };
}

const starters = [
  'Who is in The Godfather?',
  'Which roles did Peter Sellers play?',
  'What time is it in Tokyo?',
] as const;

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

/** Renders the field that says which conversation the next question belongs to; empty for the user's latest. */
export function threadFieldView(threadId: string | undefined, id = 'composer-thread'): Html {
  return html`<input type="hidden" id="${id}" name="thread" value="${threadId}">`;
}

function modelView({ options: { model, isStandIn } }: Hub): Html {
  const standIn = html` This is a rule-based stand-in, not an AI: it knows a few kinds of questions. For a real model, set
AWS credentials and <code>BEDROCK_MODEL_ID</code>, and start again.`;
  return html`<p class="model${isStandIn && ' stand-in'}">Answers by <strong>${model.id}</strong>.${isStandIn && standIn}</p>`;
}

/** What is shown in place of turns. The questions are a form of their own, so that they work without a script. */
function welcomeView(hub: Hub, csrfToken: string, threadId: string | undefined): Html {
  return html`<div class="welcome">
<p class="welcome-title">Ask about movies, the people in them, or the time</p>
<p>Every answer is looked up in the database, and shows how. You see what you are entitled to see.</p>
<form method="post" action="${hub.url('/chat')}" class="starters">
${csrfField(csrfToken)}
${threadFieldView(threadId, 'starters-thread')}
${starters.map((question) => html`<button type="submit" name="message" value="${question}" class="secondary outline" data-starter>${question}</button>\n`)}
</form>
</div>`;
}

/** The form of every button that asks a question again. */
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
