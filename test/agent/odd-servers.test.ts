import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import type { AgentServer, RunAgentOptions } from 'movie-hub';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { StdioConnection } from '../../src/sdk/agent/servers/transports';
import { resultsIn } from './support/bedrock-run';
import { eventsOf, scriptedRun } from './support/run';
import { isThere, stdioChild } from './support/stdio-child';
import { toolServer } from './support/tool-server';

type Json = Record<string, unknown>;
interface Answers {
  info?: Json;
  tools: unknown[];
  list?: Json;
  call?: (params: { name: string }) => Json;
  error?: unknown;
}

/** What a server that keeps to no specification answers to a message. */
function answerOf(
  { info, tools, list, call, error }: Answers,
  { id, method, params }: Json,
): Json | undefined {
  if (id === undefined) return undefined;
  const reply = (result: unknown) => ({ jsonrpc: '2.0', id, result });
  if (method === 'initialize')
    return reply(
      info ?? {
        protocolVersion: (params as Json).protocolVersion,
        capabilities: { tools: {} },
        serverInfo: { name: 'odd', version: '1' },
      },
    );
  if (method === 'tools/list') return reply({ tools, ...list });
  if (error) return { jsonrpc: '2.0', id, error };
  return reply(call?.(params as { name: string }) ?? { content: [{ type: 'text', text: 'A' }] });
}

const inProcess = (answers: Answers): AgentServer => ({
  async connect(transport: Transport) {
    transport.onmessage = (message) => {
      const answer = answerOf(answers, message as unknown as Json);
      if (answer) void transport.send(answer as never);
    };
    await transport.start();
  },
});

const overHttp = async (respond: (message: Json, response: ServerResponse) => void): Promise<AgentServer> => {
  const server = createServer(async (request, response) => {
    if (request.method !== 'POST') return void response.writeHead(405).end();
    let body = '';
    for await (const chunk of request) body += chunk;
    respond(JSON.parse(body), response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp` };
};

const kinds: Record<string, (answers: Answers) => AgentServer | Promise<AgentServer>> = {
  'in this process': inProcess,
  'over HTTP as JSON': (answers) =>
    overHttp((message, response) => {
      const answer = answerOf(answers, message);
      if (!answer) return void response.writeHead(202).end();
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
    }),
  'over HTTP as events': (answers) =>
    overHttp((message, response) => {
      const answer = answerOf(answers, message);
      if (!answer) return void response.writeHead(202).end();
      const data = `event: message\ndata: ${JSON.stringify(answer)}\n\n`;
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(data.slice(0, 30));
      setImmediate(() => response.end(data.slice(30)));
    }),
  'as a process': (answers) => ({
    command: process.execPath,
    args: [
      '-e',
      `const answerOf = ${answerOf}; const answers = ${JSON.stringify(answers)};
       require('readline').createInterface({ input: process.stdin }).on('line', (line) => {
         const answer = answerOf(answers, JSON.parse(line));
         if (answer) console.log(JSON.stringify(answer));
       });`,
    ],
  }),
};

const good = { name: 'good', description: 'Is good.', inputSchema: { type: 'object', properties: {} } };
const call = (name: string, input = {}) => ({ toolUse: { name, input } });
const run = async (server: AgentServer, tools: string[], settings: Partial<RunAgentOptions> = {}) =>
  scriptedRun([tools.map((name) => call(name)), 'ok'], { servers: [server], ...(settings as object) });

describe.each(Object.entries(kinds))('a server %s', (_, serverOf) => {
  test.each<[string, Json]>([
    ['inputSchema that is missing', {}],
    ['inputSchema null', { inputSchema: null }],
    ['inputSchema {}', { inputSchema: {} }],
    ['inputSchema of text', { inputSchema: 'object' }],
    ['inputSchema without a type', { inputSchema: { anyOf: [{ required: ['a'] }] } }],
    ['inputSchema of another type', { inputSchema: { type: 'string' } }],
    ['required null', { inputSchema: { type: 'object', required: null } }],
    ['properties null', { inputSchema: { type: 'object', properties: null } }],
    ['a property that is true', { inputSchema: { type: 'object', properties: { a: true } } }],
    ['a property that is null', { inputSchema: { type: 'object', properties: { a: null } } }],
    ['a reference to nothing', { inputSchema: { type: 'object', properties: { a: { $ref: '#/none' } } } }],
    ['title null', { title: null }],
    ['description null', { description: null }],
    ['a description of another type', { description: 7 }],
    ['annotations null', { annotations: null }],
    ['annotations of text', { annotations: 'none' }],
    ['a hint null', { annotations: { readOnlyHint: null } }],
    ['_meta null', { _meta: null }],
    ['outputSchema null', { outputSchema: null }],
    ['outputSchema {}', { outputSchema: {} }],
    ['outputSchema of another type', { outputSchema: { type: 'array' } }],
    ['icons null', { icons: null }],
    ['execution null', { execution: null }],
    ['an execution of its own', { execution: { taskSupport: 'sometimes' } }],
  ])('may describe a tool with %s: it is called, and so is another', async (_name, odd) => {
    const server = await serverOf({ tools: [{ name: 'odd', description: 'Odd.', ...odd }, good] });
    const { events, result } = await scriptedRun([[call('odd', { a: 1 }), call('good')], 'ok'], {
      servers: [server],
    });
    expect(result).toMatchObject({ stopReason: 'end_turn', failedServers: [] });
    expect(eventsOf(events, 'tool_result')).toMatchObject([{ isError: false }, { isError: false }]);
  });

  test.each([[null], ['text'], [{}], [{ name: null }], [{ name: '' }], [{ name: 7 }]])(
    'may list %j as a tool: only that is left out, with a warning',
    async (odd) => {
      const server = await serverOf({ tools: [odd, good] });
      const { model, events, result } = await run(server, ['good']);
      expect(result.failedServers).toEqual([]);
      expect(model.requests[0]?.tools).toMatchObject([{ name: 'good' }]);
      expect(eventsOf(events, 'tool_warning')).toMatchObject([{ server: 'odd', isLeftOut: true }]);
    },
  );

  test.each<[string, Omit<Answers, 'tools'>]>([
    ['nextCursor null', { list: { nextCursor: null } }],
    ['nextCursor ""', { list: { nextCursor: '' } }],
    ['_meta null in the list', { list: { _meta: null } }],
    [
      'nulls in what it says of itself',
      {
        info: {
          protocolVersion: '2025-06-18',
          capabilities: { tools: null, prompts: null, resources: { subscribe: null } },
          serverInfo: { name: 'odd', version: null, title: null },
          instructions: null,
          _meta: null,
        },
      },
    ],
  ])('may send %s', async (_name, answers) => {
    // Tools that are null are none.
    const offers = !JSON.stringify(answers).includes('"tools":null');
    const { result } = await run(await serverOf({ ...answers, tools: [good] }), offers ? ['good'] : []);
    expect(result).toMatchObject({ stopReason: 'end_turn', failedServers: [] });
  });
});

describe.each(Object.entries(kinds))('a result of a server %s', (kind, serverOf) => {
  const text = { type: 'text', text: 'Ripley' };
  test.each<[string, Json, string]>([
    ['annotations null', { content: [{ ...text, annotations: null }] }, 'Ripley'],
    ['_meta null', { content: [text], _meta: null }, 'Ripley'],
    ['_meta null in a part', { content: [{ ...text, _meta: null }] }, 'Ripley'],
    ['isError null', { content: [text], isError: null }, 'Ripley'],
    ['structuredContent null', { content: [text], structuredContent: null }, 'Ripley'],
    ['a part of an unknown type', { content: [{ type: 'hologram', data: 'x' }, text] }, 'Ripley'],
    ['a part without a type', { content: [{ text: 'Ripley' }] }, 'Ripley'],
    [
      'a picture in base64url',
      { content: [{ type: 'image', data: '_-_-', mimeType: 'image/png' }, text] },
      'Ripley',
    ],
    ['a link without a name', { content: [{ type: 'resource_link', uri: 'film://1' }, text] }, 'film://1'],
    [
      'a resource without a type',
      { content: [{ type: 'resource', resource: { uri: 'a:b', text: 'Ripley' } }] },
      'Ripley',
    ],
    ['content that is one text', { content: 'Ripley' }, 'Ripley'],
    ['content that is missing', { structuredContent: { name: 'Ripley' } }, 'Ripley'],
    ['only a text', 'Ripley' as never, 'Ripley'],
    ['only a list of parts', [text] as never, 'Ripley'],
    ['structured content that is a list', { content: [], structuredContent: ['Ripley'] }, 'Ripley'],
  ])('with %s reaches the model, and is no failure', async (_, result, expected) => {
    if (kind === 'as a process') {
      const script = (await serverOf({ tools: [good] })) as StdioConnection & { args: string[] };
      // A function does not get into another process: there the answer is written down.
      script.args[1] = String(script.args[1]).replace(
        'const answers = {',
        `const answers = { call: () => (${JSON.stringify(result)}), `,
      );
      return expectResult(script, expected);
    }
    return expectResult(await serverOf({ tools: [good], call: () => result }), expected);
  });

  async function expectResult(server: AgentServer, expected: string) {
    const { model, events } = await run(server, ['good']);
    expect(eventsOf(events, 'tool_result')).toMatchObject([{ isError: false }]);
    expect(JSON.stringify(resultsIn(model.requests[1]?.messages ?? []))).toContain(expected);
  }
});

describe('text beside structured content', () => {
  const sentTo = async (result: Json) => {
    const { model } = await run(inProcess({ tools: [good], call: () => result }), ['good']);
    return resultsIn(model.requests[1]?.messages ?? [])[0]?.content;
  };
  const structuredContent = { name: 'Ripley', ships: ['Nostromo'] };

  test('is sent too, where it says something else', async () => {
    expect(await sentTo({ content: [{ type: 'text', text: 'She survives.' }], structuredContent })).toEqual([
      { text: 'She survives.' },
      { json: structuredContent },
    ]);
  });

  test.each([
    ['the same', JSON.stringify(structuredContent), structuredContent],
    ['the same, indented', JSON.stringify(structuredContent, null, 2), structuredContent],
    ['the only member', '["a"]', { result: ['a'] }],
    ['the only member as text', 'Ripley', { result: 'Ripley' }],
  ])('is not sent twice, where it is %s', async (_, text, structured) => {
    const content = [{ type: 'text', text }];
    expect(await sentTo({ content, structuredContent: structured })).toEqual([{ json: structured }]);
  });
});

describe('why a server failed is there for its developer, and not for the model', () => {
  test.each<[string, (response: ServerResponse) => void, Json]>([
    ['401', (response) => response.writeHead(401).end('no token'), { status: 401, reason: /no token/ }],
    ['500', (response) => response.writeHead(500).end('stack of it'), { status: 500, reason: /stack of it/ }],
    [
      'HTML',
      (response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<p>'),
      { reason: /text\/html/ },
    ],
  ])('over HTTP, with %s', async (_, respond, expected) => {
    const server = await overHttp((_message, response) => respond(response));
    await expectReason(server, expected);
  });

  test('over HTTP, refused', async () => {
    await expectReason({ url: 'http://127.0.0.1:65535/mcp' }, { reason: /ECONNREFUSED/ });
  });

  test('as a process that ends at once, however fast', async () => {
    for (let round = 0; round < 10; round += 1) {
      const server = { command: 'sh', args: ['-c', 'echo "no database" >&2; exit 3'] };
      const { stderr } = await expectReason(server, { reason: /code 3/ });
      expect(stderr).toBe('no database\n');
    }
  });

  const failing = (keepStderr?: boolean) => ({
    command: process.execPath,
    args: ['-e', "console.error('x'.repeat(5000) + 'no licence'); process.exit(3)"],
    ...(keepStderr !== undefined && { keepStderr }),
  });
  test('as a process that ends, with the end of what it wrote to its error output', async () => {
    const { stderr } = await expectReason(failing(), {});
    expect(stderr).toMatch(/no licence\n$/);
    expect(stderr).toHaveLength(4_096);
  });

  test('but not where the caller does not want it', async () => {
    expect(await expectReason(failing(false), {})).not.toHaveProperty('stderr');
  });

  async function expectReason(server: AgentServer, { reason = /./, ...more }: Json) {
    const { model, events, result } = await scriptedRun(['ok'], { servers: [server] });
    const [event] = eventsOf(events, 'server_failed');
    expect(event).toMatchObject({ ...more, reason: expect.stringMatching(reason as RegExp) });
    const { cause: _, ...failed } = { ...result.failedServers[0] };
    expect(event).toMatchObject(failed);
    expect(JSON.stringify(model.requests)).not.toMatch(/no token|stack of it|no licence/);
    return event as unknown as Json;
  }
});

test('why a call failed is there for its developer', async () => {
  const server = inProcess({ tools: [good], error: { code: -32_603, message: 'order 7 is locked' } });
  const { model, events } = await run(server, ['good']);
  expect(eventsOf(events, 'tool_result')).toMatchObject(
    [{ isError: true, reason: /order 7 is locked/ }].map(({ reason, ...rest }) => ({
      ...rest,
      reason: expect.stringMatching(reason),
    })),
  );
  expect(JSON.stringify(model.requests)).not.toContain('order 7');
});

test("a server's own error -32001 is not taken for our limit", async () => {
  const server = inProcess({ tools: [good], error: { code: -32_001, message: 'Session not found' } });
  const { events } = await run(server, ['good']);
  expect(eventsOf(events, 'tool_result')[0]?.content).not.toMatch(/ms/);
});

describe('a process behind a shell', () => {
  test.runIf(process.platform !== 'win32')('is gone with the run', async () => {
    const { connection, folder } = stdioChild();
    const quoted = [connection.command, ...(connection.args ?? [])].map((each) => `'${each}'`).join(' ');
    // The shell waits for the server, which is a process of its own, and starts another that would stay.
    const script = `sleep 300 & echo $! > '${folder}/sleeper'; ${quoted}; true`;
    const { result } = await scriptedRun([[call('folder')], 'ok'], {
      servers: [{ command: 'sh', args: ['-c', script] }],
    });
    expect(result.failedServers).toEqual([]);
    const { readFileSync } = await import('node:fs');
    for (const file of ['pid', 'sleeper'])
      expect(isThere(Number(readFileSync(`${folder}/${file}`, 'utf8'))), file).toBe(false);
  });
});

describe('a call that reports progress', () => {
  const reporting = () =>
    toolServer('s', {
      slow: {
        run: () => new Promise((resolve) => setTimeout(() => resolve('Done.'), 1_500)),
      },
    });
  const withProgress = () => {
    const server = reporting();
    const connect = server.connect.bind(server);
    server.connect = async (transport) => {
      const send = transport.send.bind(transport);
      await connect(transport);
      const { onmessage } = transport;
      transport.onmessage = (message, extra) => {
        onmessage?.(message, extra);
        const { params } = message as { params?: { _meta?: { progressToken?: number } } };
        const progressToken = params?._meta?.progressToken;
        if (progressToken === undefined) return;
        let progress = 0;
        const timer = setInterval(() => {
          progress += 1;
          void send({
            jsonrpc: '2.0',
            method: 'notifications/progress',
            params: { progressToken, progress },
          });
          if (progress === 30) clearInterval(timer);
        }, 50);
        onTestFinished(() => clearInterval(timer));
      };
    };
    return server;
  };

  test('may take longer, as long as it reports, where that is allowed', async () => {
    const { events } = await run(withProgress(), ['slow'], { toolTimeoutMs: 700, maxToolTimeoutMs: 60_000 });
    expect(eventsOf(events, 'tool_result')).toMatchObject([{ isError: false, content: 'Done.' }]);
  });

  test.each([
    ['unless that is allowed', { toolTimeoutMs: 700 }],
    ['and no longer than that in all', { toolTimeoutMs: 300, maxToolTimeoutMs: 600 }],
  ])('and no longer, %s', async (_, limits) => {
    const { events } = await run(withProgress(), ['slow'], limits);
    expect(eventsOf(events, 'tool_result')).toMatchObject([{ isError: true }]);
  });
});

test('a session over HTTP that the server has ended is opened again, once', async () => {
  let sessions = 0;
  const calls: string[] = [];
  const server = await overHttp((message, response) => {
    const answer = answerOf({ tools: [good] }, message);
    if (message.method === 'initialize') {
      sessions += 1;
      response.setHeader('mcp-session-id', `s${sessions}`);
    }
    if (message.method === 'tools/call') {
      const session = String(response.req.headers['mcp-session-id']);
      calls.push(session);
      if (session === 's1') return void response.writeHead(404).end('no such session');
    }
    if (!answer) return void response.writeHead(202).end();
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  });
  const { events, result } = await scriptedRun([[call('good'), call('good')], [call('good')], 'ok'], {
    servers: [server],
  });
  expect(eventsOf(events, 'tool_result').map(({ isError }) => isError)).toEqual([false, false, false]);
  expect(result.failedServers).toEqual([]);
  expect([sessions, calls.filter((session) => session === 's2').length]).toEqual([2, 3]);
});
