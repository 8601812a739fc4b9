import { positiveInteger } from '../options';
import { stringifyAsSent } from './json';
import type { Message } from './model';

/**
 * Drops the oldest turns of a transcript until the rest is within a number of bytes.
 *
 * A turn begins with what the user says and holds everything until he says something again, so that no tool call is ever
 * parted from its result: a message that holds results begins none. The last turn stays. Where it is too large by itself,
 * its oldest tool calls go with their results; its question and its newest calls stay, whatever their size.
 *
 * @param maxBytes Bytes of the messages as JSON in UTF-8, with images and the like as base64: a token has about four.
 * @throws MovieHubError `invalid_argument` when `maxBytes` is not a whole number above 0.
 */
export function trimMessages(messages: readonly Message[], { maxBytes }: { maxBytes: number }): Message[] {
  positiveInteger('maxBytes', maxBytes);
  const turns = turnsOf(messages);
  const last = turns.pop() ?? [];
  let bytes = sizeOf(last);
  if (bytes > maxBytes) return withoutOldestCalls(last, bytes - maxBytes);
  let from = turns.length;
  for (const [index, turn] of [...turns.entries()].reverse()) {
    bytes += sizeOf(turn);
    if (bytes > maxBytes) break;
    from = index;
  }
  return [...turns.slice(from), last].flat();
}

function turnsOf(messages: readonly Message[]): Message[][] {
  const turns: Message[][] = [];
  for (const message of messages) {
    if ((message.role === 'user' && !holds(message, 'toolResult')) || turns.length === 0)
      turns.push([message]);
    else turns.at(-1)?.push(message);
  }
  return turns;
}

/** Drops the oldest calls, each with its results, until `bytes` are gone or one is left. */
function withoutOldestCalls(turn: readonly Message[], bytes: number): Message[] {
  const calls = turn.flatMap((message, index) =>
    index > 0 && holds(message, 'toolUse') && isAllResults(turn[index + 1]) ? [index] : [],
  );
  const dropped = new Set<number>();
  let left = bytes;
  for (const index of calls.slice(0, -1)) {
    if (left <= 0) break;
    left -= sizeOf(turn.slice(index, index + 2));
    dropped.add(index).add(index + 1);
  }
  return turn.filter((_, index) => !dropped.has(index));
}

/** What the user says beside results is no one's to drop. */
function isAllResults(message: Message | undefined): boolean {
  return (
    message?.role === 'user' &&
    message.content.every((block) => 'toolResult' in block || 'cachePoint' in block)
  );
}

function holds({ content }: Message, member: 'toolUse' | 'toolResult'): boolean {
  return content.some((block) => member in block);
}

function sizeOf(messages: readonly Message[]): number {
  return messages.reduce((sum, message) => sum + Buffer.byteLength(stringifyAsSent(message) ?? ''), 0);
}
