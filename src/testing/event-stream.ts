import type { ModelEvent } from 'movie-hub';

/** Encodes events like Bedrock: `application/vnd.amazon.eventstream`. */
export interface FrameWriter {
  event(event: ModelEvent): Uint8Array;
  exception(type: string, message: string): Uint8Array;
}

/**
 * Loads the codec of the AWS client.
 *
 * @throws Error when `@smithy/core`, which comes with the AWS client, is not installed.
 */
export async function loadFrameWriter(): Promise<FrameWriter> {
  const { EventStreamCodec } = await import('@smithy/core/event-streams');
  const codec = new EventStreamCodec(
    (bytes) => (typeof bytes === 'string' ? bytes : Buffer.from(bytes).toString('utf8')),
    (text) => Buffer.from(text, 'utf8'),
  );
  const frame = (names: Record<string, string>, body: unknown) => {
    const headers = Object.entries({ ...names, ':content-type': 'application/json' });
    return codec.encode({
      headers: Object.fromEntries(headers.map(([name, value]) => [name, { type: 'string' as const, value }])),
      body: Buffer.from(JSON.stringify(body, bytesAsBase64)),
    });
  };
  return {
    event(event) {
      const [type, body] = Object.entries(event)[0] ?? ['', {}];
      return frame(
        { ':message-type': 'event', ':event-type': type },
        type === 'metadata' ? metadata(body) : body,
      );
    },
    exception(type, message) {
      return frame({ ':message-type': 'exception', ':exception-type': type }, { message });
    },
  };
}

function metadata({ usage, trace }: Extract<ModelEvent, { metadata: unknown }>['metadata']) {
  const totalTokens = (usage.inputTokens ?? 0) + (usage.outputTokens ?? 0);
  return { usage: { ...usage, totalTokens }, metrics: { latencyMs: 1 }, ...(trace && { trace }) };
}

/** Bytes are base64 on the wire. */
export function bytesAsBase64(_key: string, value: unknown): unknown {
  return value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value;
}
