/** Most characters of a question. */
export const maxMessageLength = 4000;

/** A question that may be asked, or what is wrong with it, for the field. */
export type ReadMessage =
  | { readonly text: string; readonly problem?: never }
  | { readonly typed: string; readonly problem: string };

/** Checks what was typed: a question is trimmed, has plain line ends and 1 to {@link maxMessageLength} characters. */
export function readMessage(field: string): ReadMessage {
  // Browsers send line ends as CR LF, but count them as one character.
  const typed = field.replace(/\r\n?/g, '\n');
  const text = typed.trim();
  if (text === '') return { typed, problem: 'Type a question first.' };
  if (text.length > maxMessageLength) {
    const length = text.length.toLocaleString('en');
    const most = maxMessageLength.toLocaleString('en');
    return { typed, problem: `A question has at most ${most} characters; this one has ${length}.` };
  }
  return { text };
}
