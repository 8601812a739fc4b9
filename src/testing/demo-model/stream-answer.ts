import { randomUUID } from 'node:crypto';
import { setImmediate, setTimeout } from 'node:timers/promises';
import type { ModelEvent } from 'movie-hub';
import type { PlannedCall } from './tool-calls';

/** An answer: text, tool calls, or text followed by tool calls. */
export interface Answer {
  text: string;
  calls: readonly PlannedCall[];
}

/** Limits the duration of a long answer. */
const MAX_PIECES = 80;

/**
 * Streams an answer as Converse events, with text in pieces of a few words and `delayMs` between them.
 *
 * @throws The signal's reason once it is aborted.
 */
export async function* streamAnswer(
  answer: Answer,
  delayMs: number,
  signal: AbortSignal,
): AsyncGenerator<ModelEvent, void, undefined> {
  signal.throwIfAborted();
  yield { messageStart: { role: 'assistant' } };
  let contentBlockIndex = 0;
  if (answer.text.trim() !== '') {
    for (const text of pieces(answer.text)) {
      await pause(delayMs, signal);
      yield { contentBlockDelta: { contentBlockIndex, delta: { text } } };
    }
    yield { contentBlockStop: { contentBlockIndex } };
    contentBlockIndex += 1;
  }
  for (const call of answer.calls) {
    const toolUse = { toolUseId: `demo-${randomUUID()}`, name: call.name };
    yield { contentBlockStart: { contentBlockIndex, start: { toolUse } } };
    for (const input of JSON.stringify(call.input).match(/.{1,16}/gsu) ?? []) {
      await pause(0, signal);
      yield { contentBlockDelta: { contentBlockIndex, delta: { toolUse: { input } } } };
    }
    yield { contentBlockStop: { contentBlockIndex } };
    contentBlockIndex += 1;
  }
  signal.throwIfAborted();
  yield { messageStop: { stopReason: answer.calls.length > 0 ? 'tool_use' : 'end_turn' } };
  yield { metadata: { usage: { inputTokens: 0, outputTokens: 0 } } };
}

function pieces(text: string): string[] {
  const words = text.match(/\s*\S+\s*/g) ?? [];
  const size = Math.ceil(words.length / MAX_PIECES);
  return Array.from({ length: Math.ceil(words.length / size) }, (_, index) =>
    words.slice(index * size, (index + 1) * size).join(''),
  );
}

async function pause(delayMs: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  try {
    await (delayMs > 0 ? setTimeout(delayMs, undefined, { signal }) : setImmediate(undefined, { signal }));
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  }
}
