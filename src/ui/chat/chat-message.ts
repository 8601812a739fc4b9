/** Maximum length of a question, in characters. */
export const maxMessageLength = 4000;

/** A valid question, or the typed text and its error. */
export type ReadMessage =
  | { readonly text: string; readonly problem?: never }
  | { readonly typed: string; readonly problem: string };

/** Trims a question, normalises its line ends, and checks its length. */
export function readMessage(field: string): ReadMessage {
  // Browsers send line ends as CR LF, but count them as one character.
  const typed = field.replace(/\r\n?/g, '\n');
  const text = typed.trim();
  if (text === '') return { typed, problem: 'Enter a question.' };
  if (text.length > maxMessageLength) {
    const length = text.length.toLocaleString('en');
    const limit = maxMessageLength.toLocaleString('en');
    return { typed, problem: `Use at most ${limit} characters. This question has ${length}.` };
  }
  return { text };
}
