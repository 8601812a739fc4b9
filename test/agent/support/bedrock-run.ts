import { NodeHttpHandler } from '@smithy/node-http-handler';
import { type AgentEvent, type AgentResult, type Message, type RunAgentOptions, runAgent } from 'movie-hub';
import { type FakeBedrock, type ScriptedTurn, startFakeBedrock } from 'movie-hub/testing';
import { expect, onTestFinished } from 'vitest';
import type { BedrockOptions } from '../../../src/sdk/agent/bedrock/client';
import type { Refusals } from '../../../src/testing/refusals';
import { withoutFence } from './fence';
import { eventsOf, expectSound, finish, readAll } from './run';

export type HttpVersion = 'HTTP/1.1' | 'HTTP/2';

type Settings = Omit<RunAgentOptions, 'model' | 'client' | 'modelId' | 'prompt' | 'messages'> &
  Pick<BedrockOptions, 'family' | 'promptCaching' | 'converseOptions' | 'maxStreamRetries'>;

export interface BedrockRunOptions extends Settings {
  turns: readonly ScriptedTurn[];
  /** What the model refuses, whatever the turns say. */
  refuses?: Refusals;
  http?: HttpVersion;
  modelId?: string;
  prompt?: string;
  messages?: readonly Message[];
}

/** Starts a run through the real AWS client against a fake endpoint, which the test's end closes. */
export async function startBedrockRun({
  turns,
  refuses,
  http,
  prompt,
  messages,
  modelId = 'test.model-v1:0',
  ...settings
}: BedrockRunOptions) {
  const bedrock = await startFakeBedrock({ turns, ...refuses });
  onTestFinished(() => bedrock.close());
  const requestHandler = new NodeHttpHandler();
  const client = bedrock.client(http === 'HTTP/1.1' ? { requestHandler } : {});
  const question = messages ? { messages } : { prompt: prompt ?? 'Who is in Alien?' };
  const run = runAgent({ client, modelId, ...question, ...settings });
  return { bedrock, run };
}

/** Runs to the end and checks what must hold of every run. */
export async function bedrockRun(
  options: BedrockRunOptions,
): Promise<{ bedrock: FakeBedrock; events: AgentEvent[]; result: AgentResult }> {
  const { bedrock, run } = await startBedrockRun(options);
  const { events, result } = await finish(run);
  const called = events.flatMap((event) => (event.type === 'tool_call' ? [event.toolUseId] : []));
  const answered = events.flatMap((event) => (event.type === 'tool_result' ? [event.toolUseId] : []));
  expect(answered.sort()).toEqual(called.sort());
  return { bedrock, events, result };
}

/** The tool results in the last message of a request, as the model got them, without the fence that is checked here. */
export function resultsIn(messages: readonly Message[]) {
  return (messages.at(-1)?.content ?? []).flatMap((block) =>
    'toolResult' in block ? [withoutFence(block.toolResult)] : [],
  );
}

export { eventsOf, expectSound, readAll };
