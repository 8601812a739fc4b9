import {
  type BedrockRuntimeClient,
  ConverseCommand,
  type ConverseCommandInput,
  ConverseStreamCommand,
} from '@aws-sdk/client-bedrock-runtime';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { startFakeBedrock } from 'movie-hub/testing';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import type { FakeBedrockOptions } from '../../src/testing/fake-bedrock';
import type { ScriptedFault } from '../../src/testing/script';

const question: ConverseCommandInput = {
  modelId: 'm',
  messages: [{ role: 'user', content: [{ text: 'q' }] }],
};
const toolConfig = {
  tools: [{ toolSpec: { name: 'a', description: 'Does a.', inputSchema: { json: { type: 'object' } } } }],
};

/** Clients over both versions of HTTP; each turn is there for both. */
async function clientsOf(options: FakeBedrockOptions) {
  const bedrock = await startFakeBedrock({
    ...options,
    turns: options.turns.flatMap((turn) => [turn, turn]),
  });
  onTestFinished(() => bedrock.close());
  return { bedrock, clients: [bedrock.client({ requestHandler: new NodeHttpHandler() }), bedrock.client()] };
}

/** What a client sees: events by name, and then how it went wrong, if it did. */
async function stream(client: BedrockRuntimeClient, signal?: AbortSignal): Promise<string[]> {
  const seen: string[] = [];
  try {
    const options = signal ? { abortSignal: signal } : {};
    const answer = await client.send(new ConverseStreamCommand(question), options);
    seen.push('headers');
    for await (const event of answer.stream ?? []) seen.push(Object.keys(event)[0] ?? '');
    return seen;
  } catch (error) {
    return [...seen, signal?.aborted ? 'aborted' : `! ${(error as Error).message}`];
  }
}

describe('faults, as the AWS client sees them over both versions of HTTP', () => {
  const content = [{ text: 'x' }];
  test.each<[ScriptedFault, RegExp]>([
    ['cut', /^! /],
    ['reset', /^! /],
    ['corrupt', /^! The message checksum .* did not match/],
    [{ exception: 'throttlingException', message: 'slow down' }, /^! slow down$/],
    [{ exception: 'throttlingException', message: 'slow down', keepOpen: true }, /^! slow down$/],
    ['end', /^contentBlockStop$/],
  ])('%j comes after the content', async (fault, last) => {
    const { bedrock, clients } = await clientsOf({ turns: [{ content, fault }] });
    for (const client of clients) {
      const seen = await stream(client);
      expect(seen.slice(0, 4)).toEqual(['headers', 'messageStart', 'contentBlockDelta', 'contentBlockStop']);
      expect(seen.at(-1)).toMatch(last);
      expect(seen).not.toContain('messageStop');
    }
    bedrock.assertComplete();
  });

  test('where there are no events, a reset comes before the headers, and a stall keeps even them back', async () => {
    for (const fault of ['reset', 'disconnect'] as const) {
      const { clients } = await clientsOf({ turns: [{ events: [], fault }] });
      for (const client of clients) expect(await stream(client)).toEqual([expect.stringMatching(/^! /)]);
    }
    const stall = await clientsOf({ turns: [{ events: [], fault: 'stall' }] });
    for (const client of stall.clients)
      expect(await stream(client, AbortSignal.timeout(200))).toEqual(['aborted']);
  });

  test('in Converse, which has no stream, what would break one gives no answer', async () => {
    for (const fault of ['cut', 'reset', 'disconnect', 'corrupt', 'end'] as const) {
      const { clients } = await clientsOf({ turns: [{ content, fault }] });
      for (const client of clients)
        await expect(client.send(new ConverseCommand(question))).rejects.toThrow();
    }
    const fault = { exception: 'throttlingException', message: 'slow down' };
    const { clients } = await clientsOf({ turns: [{ content, fault }] });
    for (const client of clients)
      await expect(client.send(new ConverseCommand(question))).rejects.toMatchObject({
        name: 'ThrottlingException',
        message: 'slow down',
        $metadata: { httpStatusCode: 429 },
      });
  });

  test('a disconnect is the end of the connection: over HTTP/2 a client may see an end without an error', async () => {
    const { bedrock, clients } = await clientsOf({ turns: [{ content, fault: 'disconnect' }, 'ok'] });
    const seen = [];
    for (const client of clients) seen.push((await stream(client)).at(-1));
    expect(seen).toEqual([
      expect.stringMatching(/^! aborted/),
      expect.stringMatching(/^(! |contentBlockStop$)/),
    ]);
    for (const client of clients) expect((await stream(client)).at(-1)).toBe('metadata');
    bedrock.assertComplete();
  });
});

describe('openRequests', () => {
  const kept: ScriptedFault = { exception: 'throttlingException', keepOpen: true };
  test.each<[string, ScriptedFault, number]>([
    ['a stream that ended', 'end', 0],
    ['one that stays open after an exception', kept, 1],
  ])('%s, until the client leaves: %j', async (_, fault, open) => {
    const { bedrock, clients } = await clientsOf({ turns: [{ content: [{ text: 'x' }], fault }] });
    expect(bedrock.openRequests).toBe(0);
    for (const client of clients) {
      const controller = new AbortController();
      await stream(client, controller.signal);
      await vi.waitFor(() => expect(bedrock.openRequests).toBe(open));
      controller.abort();
      await vi.waitFor(() => expect(bedrock.openRequests).toBe(0));
    }
  });
});

test('Converse gives in one piece what a stream gives in many', async () => {
  const redactedContent = new Uint8Array([1, 255]);
  const { bedrock, clients } = await clientsOf({
    turns: [
      [
        { reasoning: 'Hm.', signature: 's' },
        { text: ['a', 'b'] },
        { toolUse: { name: 'a', input: { n: [1] } } },
      ],
      {
        events: [
          { contentBlockDelta: { contentBlockIndex: 0, delta: { reasoningContent: { redactedContent } } } },
          { messageStop: { stopReason: 'end_turn' } },
        ],
      },
    ],
  });
  for (const client of clients) {
    const answer = await client.send(new ConverseCommand({ ...question, toolConfig }));
    expect(answer).toMatchObject({
      stopReason: 'tool_use',
      usage: { inputTokens: 10, outputTokens: 5 },
      output: {
        message: {
          role: 'assistant',
          content: [
            { reasoningContent: { reasoningText: { text: 'Hm.', signature: 's' } } },
            { text: 'ab' },
            { toolUse: { name: 'a', input: { n: [1] } } },
          ],
        },
      },
    });
  }
  for (const client of clients) {
    const { output } = await client.send(new ConverseCommand(question));
    expect(output?.message?.content).toEqual([{ reasoningContent: { redactedContent } }]);
  }
  expect(bedrock.requests.map(({ streaming }) => streaming)).toEqual([false, false, false, false]);
  bedrock.assertComplete();
});

describe('refusals take no turn', () => {
  const cachePoint = { cachePoint: { type: 'default' as const } };
  const withPoints = (count: number): ConverseCommandInput => ({
    ...question,
    system: Array.from({ length: count }, () => [{ text: 's' }, cachePoint]).flat(),
  });

  test('tools in a stream', async () => {
    const { bedrock, clients } = await clientsOf({ refusesToolsInStream: true, turns: ['ok'] });
    for (const client of clients) {
      await expect(client.send(new ConverseStreamCommand({ ...question, toolConfig }))).rejects.toMatchObject(
        {
          name: 'ValidationException',
        },
      );
      await client.send(new ConverseCommand({ ...question, toolConfig }));
    }
    bedrock.assertComplete();
  });

  test('a tool choice that forces a tool', async () => {
    const { bedrock, clients } = await clientsOf({ refusesToolChoice: true, turns: ['ok'] });
    for (const client of clients) {
      for (const toolChoice of [{ any: {} }, { tool: { name: 'a' } }]) {
        const forced = { ...question, toolConfig: { ...toolConfig, toolChoice } };
        await expect(client.send(new ConverseCommand(forced))).rejects.toThrow('toolChoice');
      }
      await client.send(
        new ConverseCommand({ ...question, toolConfig: { ...toolConfig, toolChoice: { auto: {} } } }),
      );
    }
    bedrock.assertComplete();
  });

  test('more than four cache points', async () => {
    const { bedrock, clients } = await clientsOf({ turns: ['ok'] });
    for (const client of clients) {
      await expect(client.send(new ConverseCommand(withPoints(5)))).rejects.toThrow('5 cache points');
      await client.send(new ConverseCommand(withPoints(4)));
    }
    bedrock.assertComplete();
  });
});
