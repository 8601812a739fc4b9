import type { MovieHubErrorCode } from '../errors';
import type { ToolOutcome } from './tool';

/** A call of a tool, after it was answered: for audit, metrics, tracing and the log. */
export interface ToolCall {
  /** Who asked, as his entitlements say; undefined when nobody is named, or it could not be known. */
  readonly principal: unknown;
  /** Name of the tool; of a resource that was read, its URI. */
  readonly tool: string;
  /** `ok`, or the code of the failure. */
  readonly outcome: 'ok' | MovieHubErrorCode;
  /** Rows that the query gave, within the limits. */
  readonly rows: number;
  /** Bytes of the answer's text in UTF-8. */
  readonly bytes: number;
  /** How long the call took, without the way to the client. */
  readonly milliseconds: number;
  /** What made it fail. It may hold SQL and values: for the log only. */
  readonly error?: unknown;
}

/** Told of tool calls. */
export type ToolCallListener = (call: ToolCall) => unknown;

/** Tells a listener of a call once the answer is on its way: it can neither slow the call nor break it. */
export function reportToolCall(
  listener: ToolCallListener | undefined,
  tool: string,
  outcome: ToolOutcome,
  milliseconds: number,
): void {
  if (listener === undefined) return;
  const { principal, rows, text, errorCode, error } = outcome;
  const call: ToolCall = {
    principal,
    tool,
    outcome: errorCode ?? 'ok',
    rows,
    bytes: Buffer.byteLength(text),
    milliseconds,
    ...(errorCode !== undefined && { error }),
  };
  setImmediate(() => {
    try {
      void Promise.resolve(listener(call)).catch(() => undefined);
    } catch {
      // Nobody is left to tell.
    }
  });
}
