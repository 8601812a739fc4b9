import type { ContentBlock, JsonObject, ModelEvent, TokenUsage } from 'movie-hub';

/** Assembles the events of a stream into the body of a Converse response. */
export function converseResponse(events: readonly ModelEvent[]): object {
  const blocks = new Map<number, ContentBlock>();
  const json = new Map<number, string>();
  let stopReason: string | undefined;
  let metadata: { usage: Partial<TokenUsage>; trace?: JsonObject } | undefined;
  for (const event of events) {
    if ('contentBlockStart' in event) {
      const { contentBlockIndex, start } = event.contentBlockStart;
      if (start.toolUse) blocks.set(contentBlockIndex, { toolUse: { ...start.toolUse, input: {} } });
    } else if ('contentBlockDelta' in event) {
      const { contentBlockIndex: index, delta } = event.contentBlockDelta;
      if ('toolUse' in delta) json.set(index, (json.get(index) ?? '') + delta.toolUse.input);
      else blocks.set(index, extend(blocks.get(index), delta));
    } else if ('messageStop' in event) stopReason = event.messageStop.stopReason;
    else if ('metadata' in event) ({ metadata } = event);
  }
  for (const [index, text] of json) {
    const block = blocks.get(index);
    if (block && 'toolUse' in block) block.toolUse.input = text.trim() === '' ? {} : JSON.parse(text);
  }
  const content = [...blocks].sort(([a], [b]) => a - b).map(([, block]) => block);
  return {
    output: { message: { role: 'assistant', content } },
    stopReason,
    ...metadata,
    metrics: { latencyMs: 1 },
  };
}

type TextDelta = Exclude<
  Extract<ModelEvent, { contentBlockDelta: unknown }>['contentBlockDelta']['delta'],
  { toolUse: unknown }
>;

function extend(block: ContentBlock | undefined, delta: TextDelta): ContentBlock {
  if ('text' in delta) return { text: (block && 'text' in block ? block.text : '') + delta.text };
  const { text = '', signature, redactedContent } = delta.reasoningContent;
  if (redactedContent !== undefined) return { reasoningContent: { redactedContent } };
  const earlier = block && 'reasoningContent' in block ? block.reasoningContent : undefined;
  const before = earlier && 'reasoningText' in earlier ? earlier.reasoningText : { text: '' };
  const reasoningText = {
    ...before,
    text: before.text + text,
    ...(signature !== undefined && { signature }),
  };
  return { reasoningContent: { reasoningText } };
}
