import { type Html, html } from '../html';
import type { Hub } from '../hub-context';
import { csrfField } from '../views/layout';
import type { ListedThread } from './threads';

/** Most characters of a question that a conversation is called by. */
const mostCharacters = 90;

/** Renders the list of a user's conversations, folded; nothing where there is none but the one shown. */
export function threadsView(
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
  return characters.length > mostCharacters ? `${characters.slice(0, mostCharacters - 1).join('')}…` : line;
}
