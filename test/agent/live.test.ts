import { BedrockRuntimeClient } from '@aws-sdk/client-bedrock-runtime';
import { createTimeMcpServer, runAgent } from 'movie-hub';
import { expect, test } from 'vitest';
import { eventsOf, finish } from './support/run';

/** A model id or an inference profile; region and credentials come from where the AWS client looks for them. */
const modelId = process.env.MOVIE_HUB_LIVE_BEDROCK_MODEL ?? '';

const reason = 'MOVIE_HUB_LIVE_BEDROCK_MODEL names no model to ask';

test('a model of Bedrock looks a time up and answers from it', { timeout: 180_000 }, async ({ skip }) => {
  if (modelId === '') {
    process.stderr.write(`SKIPPED: the run against Amazon Bedrock: ${reason}.\n`);
    return skip(reason);
  }
  const client = new BedrockRuntimeClient({});
  try {
    const { events, result } = await finish(
      runAgent({
        client,
        modelId,
        servers: [createTimeMcpServer({ now: () => new Date('2025-01-15T12:00:00Z') })],
        prompt: 'What time is it in Tokyo now? Answer with the time as HH:MM.',
        maxTurns: 4,
        inference: { maxTokens: 500 },
      }),
    );
    expect(result.error).toBeUndefined();
    expect(result.stopReason).toBe('end_turn');
    expect(eventsOf(events, 'tool_result')).toEqual(
      expect.arrayContaining([expect.objectContaining({ isError: false })]),
    );
    expect(result.text).toContain('21:00');
    expect(result.usage.outputTokens).toBeGreaterThan(0);
  } finally {
    client.destroy();
  }
});
