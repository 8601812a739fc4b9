import type { Message } from 'movie-hub';

/** Most characters of earlier turns that a model is sent, counted as JSON: with the new turn they must fit its window. */
const maxTranscriptLength = 200_000;

/**
 * Joins the messages of earlier turns to what the model is sent before a new question.
 *
 * Turns without an answer are left out, and the oldest ones when there is too much.
 *
 * @param turns The messages of each turn, newest turn first.
 */
export function joinTurns(turns: readonly (readonly Message[])[]): Message[] {
  const kept: (readonly Message[])[] = [];
  let length = 0;
  for (const messages of turns) {
    if (messages.at(-1)?.role !== 'assistant') continue;
    length += JSON.stringify(messages).length;
    if (length > maxTranscriptLength) break;
    kept.unshift(messages);
  }
  return kept.flat();
}

/** Makes the message with a question. */
export function questionMessage(question: string): Message {
  return { role: 'user', content: [{ text: question }] };
}

/** Returns the messages from the last question on: tool results are the user's too, but hold no text of their own. */
export function lastTurn(transcript: readonly Message[]): readonly Message[] {
  const start = transcript.findLastIndex(
    ({ role, content }) => role === 'user' && content.some((block) => 'text' in block),
  );
  return transcript.slice(Math.max(0, start));
}
