import { Agent } from 'node:http';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { type Message, runAgent } from 'movie-hub';
import { type ScriptedTurn, startFakeBedrock } from 'movie-hub/testing';
import { onTestFinished } from 'vitest';
import type { BedrockOptions } from '../../../src/sdk/agent/bedrock/client';
import type { RunSettings } from '../../../src/sdk/agent/run-options';
import type { Refusals } from '../../../src/testing/refusals';
import type { HttpVersion } from './bedrock-run';
import { finish } from './run';

export const httpVersions: readonly HttpVersion[] = ['HTTP/1.1', 'HTTP/2'];

/** A run through the real AWS client, with every setting that Bedrock's model has. */
export interface RealClientRun extends RunSettings, Omit<BedrockOptions, 'client' | 'modelId'> {
  turns: readonly ScriptedTurn[];
  refuses?: Refusals;
  http?: HttpVersion;
  /** Most connections at once, over HTTP/1.1. */
  maxSockets?: number;
  /** Attempts of the client itself; one unless given. */
  maxAttempts?: number;
  messages?: readonly Message[];
}

/** Starts a run against a fake endpoint, which the test's end closes. */
export async function startReal(options: RealClientRun) {
  const { turns, refuses, http, maxSockets, maxAttempts = 1, messages, ...rest } = options;
  const bedrock = await startFakeBedrock({ turns, ...refuses });
  onTestFinished(() => bedrock.close());
  const agent = maxSockets === undefined ? {} : { httpAgent: new Agent({ keepAlive: true, maxSockets }) };
  const handler = http === 'HTTP/1.1' ? { requestHandler: new NodeHttpHandler(agent) } : {};
  const client = bedrock.client({ maxAttempts, ...handler });
  const question = messages ? { messages } : { prompt: 'Who is in Alien?' };
  const run = runAgent({ client, modelId: 'test.model-v1:0', ...question, ...rest });
  return { bedrock, client, run };
}

/** Runs to the end, and checks what must hold of every run. */
export async function realRun(options: RealClientRun) {
  const { bedrock, client, run } = await startReal(options);
  return { bedrock, client, ...(await finish(run)) };
}

/** Goes on after a run with a further question, through the same client and endpoint; the endpoint needs a turn for it. */
export function goOn(
  { client }: Pick<Awaited<ReturnType<typeof startReal>>, 'client'>,
  messages: readonly Message[],
  settings: RunSettings = {},
) {
  const question: Message = { role: 'user', content: [{ text: 'And then?' }] };
  return finish(
    runAgent({ client, modelId: 'test.model-v1:0', messages: [...messages, question], ...settings }),
  );
}
