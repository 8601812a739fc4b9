import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { runAgent } from 'movie-hub';
import { ScriptedModel } from 'movie-hub/testing';
import { describe, expect, test } from 'vitest';
import { bedrockRun, eventsOf, readAll, resultsIn, startBedrockRun } from './support/bedrock-run';
import { barrier, toolServer } from './support/tool-server';

const call = (name: string, input?: string | Record<string, string>) => ({
  toolUse: { name, ...(input === undefined ? {} : { input }) },
});

describe.each(['HTTP/1.1', 'HTTP/2'] as const)('through the AWS client over %s', (http) => {
  test('text arrives in pieces and as a whole', async () => {
    const { bedrock, events, result } = await bedrockRun({
      http,
      turns: [[{ text: ['Ripley ', 'and ', 'Ash'] }]],
    });
    expect(events.slice(0, -2)).toEqual(['Ripley ', 'and ', 'Ash'].map((text) => ({ type: 'text', text })));
    expect(result).toMatchObject({ text: 'Ripley and Ash', stopReason: 'end_turn', turns: 1 });
    expect(result.usage).toEqual({ inputTokens: 10, outputTokens: 5 });
    expect(result.messages).toEqual([
      { role: 'user', content: [{ text: 'Who is in Alien?' }] },
      { role: 'assistant', content: [{ text: 'Ripley and Ash' }], model: 'test.model-v1:0' },
    ]);
    expect(bedrock.requests[0]).toMatchObject({
      modelId: 'test.model-v1:0',
      httpVersion: http === 'HTTP/2' ? '2.0' : '1.1',
    });
    bedrock.assertComplete();
  });

  test('a tool is called and its answer goes back to the model', async () => {
    const cast = { found: true, characters: ['Ripley'] };
    const movies = toolServer('movies', {
      get_cast: { run: () => ({ content: [{ type: 'text', text: 'Ripley' }], structuredContent: cast }) },
    });
    const turns = [[{ text: 'Looking.' }, call('get_cast', { title: 'Alien' })], 'Ripley is.'];
    const { bedrock, events, result } = await bedrockRun({ http, turns, servers: [movies] });
    expect(eventsOf(events, 'tool_call')).toEqual([
      {
        type: 'tool_call',
        toolUseId: 'tooluse_1',
        name: 'get_cast',
        server: 'movies',
        arguments: { title: 'Alien' },
      },
    ]);
    expect(eventsOf(events, 'tool_result')).toEqual([
      {
        type: 'tool_result',
        toolUseId: 'tooluse_1',
        name: 'get_cast',
        isError: false,
        content: 'Ripley',
        structuredContent: cast,
        milliseconds: expect.any(Number),
      },
    ]);
    expect(eventsOf(events, 'step_finished').map((event) => [event.step, event.stopReason])).toEqual([
      [1, 'tool_use'],
      [2, 'end_turn'],
    ]);
    expect(resultsIn(bedrock.requests[1]?.request.messages ?? [])).toEqual([
      { toolUseId: 'tooluse_1', content: [{ text: 'Ripley' }, { json: cast }] },
    ]);
    expect(result).toMatchObject({
      text: 'Ripley is.',
      turns: 2,
      usage: { inputTokens: 20, outputTokens: 10 },
    });
    bedrock.assertComplete();
  });

  test('reasoning is shown and sent back with its signature before the tool use it led to', async () => {
    const movies = toolServer('movies', { get_cast: { run: () => 'Ripley' } });
    const turns = [[{ reasoning: 'I must look.', signature: 'sig' }, call('get_cast')], 'Ripley.'];
    const { bedrock, events } = await bedrockRun({ http, turns, servers: [movies] });
    expect(eventsOf(events, 'reasoning').map((event) => event.text)).toEqual(['I must look.']);
    expect(bedrock.requests[1]?.request.messages[1]?.content).toEqual([
      { reasoningContent: { reasoningText: { text: 'I must look.', signature: 'sig' } } },
      { toolUse: { toolUseId: 'tooluse_1', name: 'get_cast', input: {} } },
    ]);
  });
});

test('the tools of one turn run at once, and their results come in the order of the calls', async () => {
  const together = barrier(3);
  const run = async (answer: string) => {
    await together();
    return answer;
  };
  const one = toolServer('one', { a: { run: () => run('A') }, b: { run: () => run('B') } });
  const two = toolServer('two', { c: { run: () => run('C') } });
  const { bedrock } = await bedrockRun({
    turns: [[call('c'), call('a'), call('b')], 'done'],
    servers: [one, two],
  });
  const results = resultsIn(bedrock.requests[1]?.request.messages ?? []);
  expect(results.map((result) => result.content)).toEqual([
    [{ text: 'C' }],
    [{ text: 'A' }],
    [{ text: 'B' }],
  ]);
});

test('tool names that two servers share are told apart, and each call reaches its own server', async () => {
  const movies = toolServer('movies', {
    search: { run: () => 'a movie' },
    'get.cast': { run: () => 'a cast' },
  });
  const books = toolServer('books', { search: { run: () => 'a book' } });
  const turns = [[call('books_search'), call('movies_search'), call('get_cast')], 'done'];
  const { bedrock, events } = await bedrockRun({ turns, servers: [movies, books] });
  const offered = bedrock.requests[0]?.request.tools?.map((tool) => tool.name);
  expect(offered).toEqual(['movies_search', 'get_cast', 'books_search']);
  expect(eventsOf(events, 'tool_call').map(({ server, name }) => `${server}: ${name}`)).toEqual([
    'books: search',
    'movies: search',
    'movies: get.cast',
  ]);
  const results = resultsIn(bedrock.requests[1]?.request.messages ?? []);
  expect(results.map((result) => result.content)).toEqual([
    [{ text: 'a book' }],
    [{ text: 'a movie' }],
    [{ text: 'a cast' }],
  ]);
});

test('a connected client stays open after the run; a server in this process can serve the next run', async () => {
  const [clientSide, serverSide] = InMemoryTransport.createLinkedPair();
  const client = new Client({ name: 'test', version: '1' });
  await toolServer('remote', { a: { run: () => 'A' } }).connect(serverSide);
  await client.connect(clientSide);
  const local = new McpServer({ name: 'local', version: '1' });
  local.registerTool('b', { description: 'Does b.' }, () => ({ content: [{ type: 'text', text: 'B' }] }));
  for (let round = 0; round < 2; round += 1) {
    const { result } = await bedrockRun({ turns: [[call('a'), call('b')], 'ok'], servers: [client, local] });
    expect(resultsIn(result.messages.slice(0, 3)).map((r) => r.content)).toEqual([
      [{ text: 'A' }],
      [{ text: 'B' }],
    ]);
    expect(local.isConnected()).toBe(false);
  }
  expect((await client.listTools()).tools).toHaveLength(1);
});

test('a server that fails is reported and the others go on', async () => {
  const works = toolServer('works', { a: { run: () => 'A' } });
  const busy = toolServer('busy', {});
  await busy.connect(InMemoryTransport.createLinkedPair()[0]);
  const unconnected = new Client({ name: 'test', version: '1' });
  const silent = { connect: () => new Promise<void>(() => {}) };
  const noTools = toolServer('no tools', {});
  const { events, result } = await bedrockRun({
    turns: [[call('a')], 'ok'],
    servers: [busy, unconnected, works, silent, noTools],
    toolTimeoutMs: 200,
  });
  expect(result).toMatchObject({ stopReason: 'end_turn', text: 'ok' });
  const failed = ['server-1', 'server-2', 'server-4'];
  expect(result.failedServers.map(({ server }) => server)).toEqual(failed);
  expect(eventsOf(events, 'server_failed').map(({ server }) => server)).toEqual(failed);
});

test('the run goes on whether or not anyone reads its events, which can then be read once', async () => {
  const { run } = await startBedrockRun({ turns: [[{ text: ['a', 'b', 'c'] }]] });
  expect((await run.result).text).toBe('abc');
  expect(await readAll(run)).toMatchObject([
    { type: 'text', text: 'abc' },
    { type: 'step_finished' },
    { type: 'run_finished' },
  ]);
  expect(() => run[Symbol.asyncIterator]()).toThrow(expect.objectContaining({ code: 'invalid_argument' }));
});

test.each([
  ['no model', { prompt: 'x' }],
  ['model and client', { model: new ScriptedModel({ turns: [] }), client: {}, modelId: 'm', prompt: 'x' }],
  ['a client without modelId', { client: {}, prompt: 'x' }],
  ['no question', {}],
  ['prompt and messages', { prompt: 'x', messages: [] }],
  ['a blank prompt', { prompt: ' \n' }],
  ['no messages', { messages: [] }],
  ['the last word of the assistant', { messages: [{ role: 'assistant', content: [{ text: 'x' }] }] }],
  ['messages that are none', { messages: [{ role: 'system', content: 'x' }] }],
  ['no turns', { prompt: 'x', maxTurns: 0 }],
  ['a server that is none', { prompt: 'x', servers: [null] }],
])('%s is refused before anything starts', (what, options) => {
  const model = what === 'no model' || 'client' in options ? {} : { model: new ScriptedModel({ turns: [] }) };
  expect(() => runAgent({ ...model, ...options } as never)).toThrow(
    expect.objectContaining({ code: 'invalid_argument' }),
  );
});
