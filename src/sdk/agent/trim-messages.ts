import { positiveInteger } from '../positive-integer';
import { stringifyJson } from './json';
import type { Message } from './model';

/**
 * Drops the oldest turns of a transcript until the rest is within a number of bytes.
 *
 * A turn begins with what the user says and holds everything until he says something again, so that no tool call is ever
 * parted from its result. The last turn stays, whatever its size.
 *
 * @param maxBytes Bytes of the messages as JSON in UTF-8: a token has about four.
 * @throws MovieHubError `invalid_argument` when `maxBytes` is not a whole number above 0.
 */
export function trimMessages(messages: readonly Message[], { maxBytes }: { maxBytes: number }): Message[] {
  positiveInteger('maxBytes', maxBytes);
  const turns = turnsOf(messages);
  let bytes = 0;
  let from = turns.length - 1;
  for (let index = turns.length - 1; index >= 0; index -= 1) {
    bytes += (turns[index] ?? []).reduce((sum, message) => sum + sizeOf(message), 0);
    if (bytes > maxBytes && index < turns.length - 1) break;
    from = index;
  }
  return turns.slice(Math.max(from, 0)).flat();
}

function turnsOf(messages: readonly Message[]): Message[][] {
  const turns: Message[][] = [];
  for (const message of messages) {
    const begins = message.role === 'user' && !message.content.some((block) => 'toolResult' in block);
    if (begins || turns.length === 0) turns.push([message]);
    else turns.at(-1)?.push(message);
  }
  return turns;
}

function sizeOf(message: Message): number {
  return Buffer.byteLength(stringifyJson(message) ?? '');
}
