import type { Message } from 'movie-hub';

/** Maximum length of earlier turns as JSON, in characters: with the new turn they must fit the model's context window. */
const maxTranscriptLength = 200_000;

/**
 * Joins the messages of earlier turns, to send before a new question.
 *
 * Turns without an answer are left out, as are the oldest beyond the maximum length.
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

/** Creates the message of a question. */
export function questionMessage(question: string): Message {
  return { role: 'user', content: [{ text: question }] };
}

/** Returns the messages from the last question on. Tool results are user messages too, but without text blocks. */
export function lastTurn(transcript: readonly Message[]): readonly Message[] {
  const start = transcript.findLastIndex(
    ({ role, content }) => role === 'user' && content.some((block) => 'text' in block),
  );
  return transcript.slice(Math.max(0, start));
}
