import { expect } from 'vitest';
import type { ToolResult } from '../../../src/sdk/agent/model';
import { added } from '../../support/messages';

const begin = new RegExp(`^${added.begin('([0-9a-f]{16})').replaceAll('.', '\\.')}$`);

/** Takes the fence off a tool's result, and checks that it is whole. Only what no tool said, a refusal, may have none. */
export function withoutFence(result: ToolResult): ToolResult {
  const mark = markOf(result);
  if (mark === undefined) {
    expect(result.status, 'a result without a fence').toBe('error');
    return result;
  }
  expect(result.content.length).toBeGreaterThanOrEqual(3);
  expect(result.content.at(-1)).toEqual({ text: added.end(mark) });
  return { ...result, content: result.content.slice(1, -1) };
}

/** The mark that a tool's result is fenced with; undefined means that it is not. */
export function markOf({ content: [first] }: ToolResult): string | undefined {
  return first && 'text' in first ? begin.exec(first.text)?.[1] : undefined;
}
