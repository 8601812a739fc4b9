import { Agent } from 'node:http';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { bedrockModel, type ModelEvent, runAgent } from 'movie-hub';
import { type FakeBedrock, type ScriptedTurn, startFakeBedrock } from 'movie-hub/testing';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { goOn, httpVersions, type RealClientRun, realRun } from './support/real-client';
import { toolServer } from './support/tool-server';

const start: ModelEvent = { messageStart: { role: 'assistant' } };
const half: ModelEvent = { contentBlockDelta: { contentBlockIndex: 0, delta: { text: 'Half' } } };
const open = (exception: string, ...events: ModelEvent[]): ScriptedTurn => ({
  events,
  fault: { exception, keepOpen: true },
});
const throttling = 'throttlingException';

// The shortest waits before a retry that there can be.
beforeEach(() => {
  vi.spyOn(Math, 'random').mockReturnValue(0);
});
afterEach(() => {
  vi.restoreAllMocks();
});

const noneOpen = (bedrock: FakeBedrock) => vi.waitFor(() => expect(bedrock.openRequests).toBe(0));

interface Case {
  turns: ScriptedTurn[];
  stopReason: string;
  settings?: Partial<RealClientRun>;
}

const cases: Record<string, Case> = {
  'an exception after text': { turns: [open(throttling, start, half)], stopReason: 'error' },
  'an exception that is not retried': {
    turns: [open('validationException', start)],
    stopReason: 'error',
  },
  'exceptions that are retried, as the first thing in the stream and later': {
    turns: [open(throttling), open(throttling, start), open(throttling), 'At last.'],
    stopReason: 'end_turn',
  },
  'exceptions until the retries end': {
    turns: [1, 2, 3, 4].map(() => open(throttling, start)),
    stopReason: 'error',
  },
  'exceptions that the client retries itself': {
    turns: [open(throttling), open(throttling), 'At last.'],
    stopReason: 'end_turn',
    settings: { maxAttempts: 3 },
  },
  'silence before the headers': {
    turns: [{ events: [], fault: 'stall' }],
    stopReason: 'first_chunk_timeout',
    settings: { firstChunkTimeoutMs: 400 },
  },
  'silence in the text': {
    turns: [{ events: [start, half], fault: 'stall' }],
    stopReason: 'chunk_timeout',
    settings: { chunkTimeoutMs: 100 },
  },
  'silence after messageStop': {
    turns: [{ events: [start, half, { messageStop: { stopReason: 'end_turn' } }], fault: 'stall' }],
    stopReason: 'end_turn',
    settings: { chunkTimeoutMs: 100 },
  },
  'a connection that is reset': {
    turns: [{ events: [start, half], fault: 'disconnect' }],
    stopReason: 'error',
  },
  'a wrong checksum': { turns: [{ events: [start, half], fault: 'corrupt' }], stopReason: 'error' },
};

describe.each(httpVersions)('over %s, through one connection', (http) => {
  test.each(Object.entries(cases))(
    '%s: no request is left open, and the next run goes on',
    async (_, { turns, stopReason, settings }) => {
      // The first request of a process is slow: it must not be the one that time runs out for.
      await realRun({ http, turns: ['ok'] });
      const limits = { totalTimeoutMs: 10_000, maxSockets: 1, ...settings };
      const { result, ...real } = await realRun({ http, turns: [...turns, 'Gladly.'], ...limits });
      expect(result.stopReason).toBe(stopReason);
      await noneOpen(real.bedrock);
      const next = await goOn(real, result.messages, { totalTimeoutMs: 10_000 });
      expect(next.result.text).toBe('Gladly.');
      await noneOpen(real.bedrock);
      real.bedrock.assertComplete();
    },
  );

  test('a reader of the model who leaves early leaves no request open', async () => {
    const bedrock = await startFakeBedrock({ turns: [{ events: [start, half, half], fault: 'stall' }] });
    onTestFinished(() => bedrock.close());
    const client = bedrock.client(http === 'HTTP/1.1' ? { requestHandler: new NodeHttpHandler() } : {});
    const model = bedrockModel({ client, modelId: 'm' });
    const messages = [{ role: 'user' as const, content: [{ text: 'x' }] }];
    const { signal } = new AbortController();
    for await (const event of model.stream({ messages }, signal)) {
      expect(bedrock.openRequests).toBe(1);
      if ('contentBlockDelta' in event) break;
    }
    await noneOpen(bedrock);
    expect(bedrock.requests[0]?.cancelled).toBe(true);
  });
});

test('answers and errors that came whole keep the connection for the next', async () => {
  const busy: ScriptedTurn = { fault: { status: 503, type: 'ServiceUnavailableException' } };
  const bedrock = await startFakeBedrock({ turns: [[{ toolUse: { name: 'a' } }], busy, 'ok', 'again'] });
  onTestFinished(() => bedrock.close());
  const httpAgent = new Agent({ keepAlive: true });
  const connect = vi.spyOn(httpAgent, 'createConnection' as never);
  const client = bedrock.client({ maxAttempts: 2, requestHandler: new NodeHttpHandler({ httpAgent }) });
  const servers = [toolServer('s', { a: { run: () => 'A' } })];
  for (const text of ['ok', 'again']) {
    const { result } = runAgent({ client, modelId: 'm', prompt: 'x', servers });
    expect(await result).toMatchObject({ stopReason: 'end_turn', text });
    servers.length = 0;
  }
  expect(connect).toHaveBeenCalledOnce();
  expect(bedrock.requests).toHaveLength(4);
});
