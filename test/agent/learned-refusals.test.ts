import { type ContentBlock, type Message, type RunAgentOptions, runAgent } from 'movie-hub';
import { type ScriptedTurn, startFakeBedrock } from 'movie-hub/testing';
import { describe, expect, onTestFinished, test } from 'vitest';
import { bedrockRun } from './support/bedrock-run';
import { finish } from './support/run';
import { toolServer } from './support/tool-server';

const servers = () => [toolServer('s', { look: { run: () => 'Ripley' } })];
const refusing = (message: string, type = 'ValidationException', status = 400): ScriptedTurn => ({
  fault: { status, type, message },
});
const noCache = refusing(
  'You invoked an unsupported model or your request did not allow prompt caching.',
  'AccessDeniedException',
  403,
);

/** Several runs with one client. */
async function start(turns: readonly ScriptedTurn[]) {
  const bedrock = await startFakeBedrock({ turns });
  onTestFinished(() => bedrock.close());
  const client = bedrock.client();
  const run = async (settings: Partial<RunAgentOptions> = {}) => {
    const options = { client, modelId: 'm', prompt: 'x', servers: servers(), ...(settings as object) };
    return (await finish(runAgent(options))).result;
  };
  return { bedrock, run };
}

describe('what a model of no known family refuses', () => {
  test('is left out of all runs that are under way, and of later ones', async () => {
    const { bedrock, run } = await start([noCache, noCache, 'a', 'b', 'c']);
    const settings = { promptCaching: true };
    const both = await Promise.all([run(settings), run(settings)]);
    expect(both.map(({ stopReason }) => stopReason)).toEqual(['end_turn', 'end_turn']);
    expect((await run(settings)).stopReason).toBe('end_turn');
    expect(bedrock.requests).toHaveLength(5);
    expect(JSON.stringify(bedrock.requests.slice(2))).not.toContain('cachePoint');
  });

  test.each<[string, ScriptedTurn]>([
    ['a tool choice', refusing('tools.0.name: my_tool_choice is not allowed')],
    ['points of the cache', noCache],
    ['a status', refusing("This model doesn't support the status field.")],
    ['reasoning', refusing('User messages cannot contain reasoning content.')],
  ])('is not learned from words about %s, where the request had none', async (_, refusal) => {
    const { bedrock, run } = await start([refusal, 'a']);
    expect((await run()).stopReason).toBe('error');
    expect(bedrock.requests).toHaveLength(1);
    const options = { lookFirst: true, promptCaching: true };
    expect((await run(options)).stopReason).toBe('end_turn');
    expect(bedrock.requests[1]?.request.toolChoice).toEqual({ any: {} });
    expect(JSON.stringify(bedrock.requests[1]?.body)).toContain('cachePoint');
  });

  test('is not asked for again after a word of the answer', async () => {
    const message = 'The request did not allow prompt caching.';
    const fault = { exception: 'validationException', message };
    const { bedrock, run } = await start([{ content: [{ text: 'Half ' }], fault }, 'Half again.']);
    expect(await run({ promptCaching: true })).toMatchObject({ stopReason: 'error', text: 'Half ' });
    expect(bedrock.requests).toHaveLength(1);
  });
});

test.each<[string, number]>([
  ['eu.anthropic.claude-sonnet-4-5-20250929-v1:0', 2],
  ['us.amazon.nova-pro-v1:0', 1],
  ['us.meta.llama3-3-70b-instruct-v1:0', 0],
])('points of the cache in a transcript go to %s where it takes them', async (modelId, count) => {
  const point: ContentBlock = { cachePoint: { type: 'default' } };
  const messages: Message[] = [
    { role: 'user', content: [{ text: 'Who is in Alien?' }, point] },
    { role: 'assistant', content: [{ toolUse: { toolUseId: 'abcdefghi', name: 'look', input: {} } }] },
    { role: 'user', content: [{ toolResult: { toolUseId: 'abcdefghi', content: [{ text: 'R' }] } }, point] },
  ];
  const { bedrock, result } = await bedrockRun({ modelId, messages, turns: ['Ripley.'], servers: servers() });
  expect(result.stopReason).toBe('end_turn');
  expect(bedrock.requests).toHaveLength(1);
  expect(JSON.stringify(bedrock.requests[0]?.body).match(/"cachePoint":/g) ?? []).toHaveLength(count);
});
