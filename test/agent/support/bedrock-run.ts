import { NodeHttpHandler } from '@smithy/node-http-handler';
import {
  type AgentEvent,
  type AgentResult,
  type AgentRun,
  type Message,
  type RunAgentOptions,
  runAgent,
} from 'movie-hub';
import { type FakeBedrock, type ScriptedTurn, startFakeBedrock, transcriptProblems } from 'movie-hub/testing';
import { expect, onTestFinished } from 'vitest';

export type HttpVersion = 'HTTP/1.1' | 'HTTP/2';

export interface BedrockRunOptions {
  turns: readonly ScriptedTurn[];
  servers?: NonNullable<RunAgentOptions['servers']>;
  http?: HttpVersion;
  prompt?: string;
  messages?: readonly Message[];
  signal?: AbortSignal;
  maxTurns?: number;
  toolTimeoutMs?: number;
  maxToolResultBytes?: number;
}

/** Starts a run through the real AWS client against a fake endpoint, which the test's end closes. */
export async function startBedrockRun({
  turns,
  http,
  prompt,
  messages,
  servers,
  ...rest
}: BedrockRunOptions) {
  const bedrock = await startFakeBedrock({ turns });
  onTestFinished(() => bedrock.close());
  const requestHandler = new NodeHttpHandler();
  const client = bedrock.client(http === 'HTTP/1.1' ? { requestHandler } : {});
  const question = messages ? { messages } : { prompt: prompt ?? 'Who is in Alien?' };
  const run = runAgent({ client, modelId: 'test.model-v1:0', servers: servers ?? [], ...question, ...rest });
  return { bedrock, run };
}

/** Runs to the end and checks what must hold of every run. */
export async function bedrockRun(
  options: BedrockRunOptions,
): Promise<{ bedrock: FakeBedrock; events: AgentEvent[]; result: AgentResult }> {
  const { bedrock, run } = await startBedrockRun(options);
  const events = await readAll(run);
  const result = await run.result;
  expectSound(result);
  const { stopReason, usage, turns } = result;
  expect(events.at(-1)).toMatchObject({ type: 'run_finished', stopReason, usage, turns });
  const called = events.flatMap((event) => (event.type === 'tool_call' ? [event.toolUseId] : []));
  const answered = events.flatMap((event) => (event.type === 'tool_result' ? [event.toolUseId] : []));
  expect(answered.sort()).toEqual(called.sort());
  return { bedrock, events, result };
}

/** The transcript is one that Bedrock takes, as it is and with a further question. */
export function expectSound({ messages }: AgentResult): void {
  expect(transcriptProblems(messages)).toEqual([]);
}

export async function readAll(run: AgentRun): Promise<AgentEvent[]> {
  const events: AgentEvent[] = [];
  for await (const event of run) events.push(event);
  return events;
}

export function eventsOf<T extends AgentEvent['type']>(events: readonly AgentEvent[], type: T) {
  return events.filter((event): event is Extract<AgentEvent, { type: T }> => event.type === type);
}

/** The tool results in the last message of a request, as the model got them. */
export function resultsIn(messages: readonly Message[]) {
  return (messages.at(-1)?.content ?? []).flatMap((block) =>
    'toolResult' in block ? [block.toolResult] : [],
  );
}
