import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import {
  type AgentEvent,
  type AgentResult,
  bedrockModel,
  createTimeMcpServer,
  type Model,
  type ModelEvent,
  MovieHubError,
  type RunAgentOptions,
  runAgent,
} from 'movie-hub';
import {
  recordModel,
  replayModel,
  ScriptedModel,
  type ScriptedTurn,
  startFakeBedrock,
} from 'movie-hub/testing';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { runsOf } from '../support/lane';
import { deafModel, piece, stop } from './support/models';
import { content, prices, steering, usage } from './support/random-run';
import { finish } from './support/run';
import { toolServer } from './support/tool-server';

let folder: string;
let files = 0;
const newFile = () => {
  files += 1;
  return join(folder, `${files}.jsonl`);
};
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'movie-hub-replay-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

type Settings = Omit<RunAgentOptions, 'model' | 'client' | 'modelId' | 'prompt' | 'messages'>;
type Runner = (model: Model) => Promise<{ events: AgentEvent[]; result: AgentResult }>;

const time = () => createTimeMcpServer({ now: () => new Date('2025-01-15T12:00:00Z') });
const server = (fine = 'fine') =>
  toolServer('s', {
    good: { run: () => fine },
    bad: { run: () => Promise.reject(new Error('broken')) },
  });
const call = { toolUse: { name: 'good', input: { a: 'b' } } };

/** Runs with new servers each time. */
const running =
  (settings: () => Settings = () => ({}), prompt = 'q'): Runner =>
  (model) =>
    finish(runAgent({ model, prompt, ...settings() }));

/** What a run shows, but for the times and the marks around results. */
function visible({ events, result }: Awaited<ReturnType<Runner>>): string {
  const { error, messages, text, cost, usage: tokens } = result;
  const cause = error?.cause as Error | undefined;
  const told = {
    events,
    text,
    cost,
    tokens,
    error: error && [error.code, error.message, cause?.name, cause?.message],
  };
  const json = JSON.stringify({ ...told, messages });
  return json.replace(/"milliseconds":\d+/g, '').replace(/\bf[0-9a-f]{15}\b/g, '(mark)');
}

/** Records a run and replays it, and checks that both are the same. */
async function expectSame(model: Model, run: Runner) {
  const file = newFile();
  const recorded = await run(recordModel(model, file));
  const replay = replayModel(file);
  const replayed = await run(replay);
  expect(visible(replayed)).toBe(visible(recorded));
  replay.assertComplete();
  return { file, recorded, replayed };
}

describe('a replay shows the same as the recorded run', () => {
  const reasoning = [{ reasoning: 'Hm.', signature: 'abc' }, { text: ['It', ' is', ' 21:00.'] }];
  const tokyo = { toolUse: { name: 'get_current_time', input: { time_zone: 'Asia/Tokyo' } } };

  test.each<[string, ScriptedTurn[], () => Settings]>([
    ['an answer in pieces', [[{ text: ['One', ' two', ''] }]], () => ({})],
    ['a tool, and reasoning', [[tokyo], reasoning], () => ({ servers: [time()], prices })],
    [
      'tools that fail and are missing',
      [[call, { toolUse: { name: 'no' } }], [{ toolUse: { name: 'bad' } }], 'Done.'],
      () => ({ servers: [server()], maxParallelTools: 1 }),
    ],
    [
      'broken arguments',
      [[{ toolUse: { name: 'good', input: '{"a":' } }], 'Done.'],
      () => ({ servers: [server()] }),
    ],
    ['a limit', [[call], [call]], () => ({ servers: [server()], maxTurns: 2 })],
    [
      'halves of surrogate pairs',
      [[{ text: ['a\ud83d', '\ude00', '\ud800'] }, call], '\udc00'],
      () => ({ servers: [server('\ud800')] }),
    ],
    [
      'names that objects have',
      [[{ toolUse: { name: 'good', input: '{"__proto__":{"a":1},"constructor":2}' } }], 'Done.'],
      () => ({ servers: [server()] }),
    ],
    ['a failure', [new Error('kaputt')], () => ({})],
    [
      'a failure in the middle',
      [[call], { content: [{ text: 'It is' }], fault: 'cut' }],
      () => ({ servers: [server()] }),
    ],
    ['an end without a stop', [{ content: [{ text: 'It is' }], fault: 'end' }], () => ({})],
    ['an exception', [{ fault: { exception: 'throttlingException', message: 'Slow down.' } }], () => ({})],
    [
      'an error of this package',
      [new MovieHubError('dependency_missing', 'No AWS.', { cause: new Error('gone') })],
      () => ({}),
    ],
    [
      'a refused tool choice',
      [{ fault: { status: 400, type: 'ValidationException', message: 'no toolChoice' } }, [call], 'Done.'],
      () => ({ servers: [server()], lookFirst: true }),
    ],
    [
      'a guardrail',
      [{ content: [{ text: 'No.' }], stopReason: 'guardrail_intervened', trace: { guardrail: { a: 1 } } }],
      () => ({}),
    ],
  ])('%s', async (_, turns, settings) => {
    const model = new ScriptedModel({ turns });
    await expectSame(model, running(settings));
    model.assertComplete();
  });

  test('any run with any steering', async () => {
    const turn = fc.oneof(
      fc.record({ content, usage, stopReason: fc.constantFrom('end_turn', 'tool_use', 'max_tokens') }),
      fc.record({ content, fault: fc.constantFrom('cut' as const, 'end' as const) }),
    );
    const step = fc.record(
      {
        toolChoice: fc.constantFrom({ any: {} }, { auto: {} }, { tool: { name: 'good' } }),
        activeTools: fc.subarray(['good', 'bad']),
      },
      { requiredKeys: [] },
    );
    const property = fc.asyncProperty(
      fc.record({
        turns: fc.array(turn, { maxLength: 6 }),
        plans: fc.array(step, { maxLength: 3 }),
        approvals: fc.array(fc.constantFrom<unknown>(true, false, { deny: 'no' }, 'throws'), {
          maxLength: 3,
        }),
        lookFirst: fc.boolean(),
        maxTurns: fc.integer({ min: 1, max: 5 }),
      }),
      async ({ turns, plans, approvals, lookFirst, maxTurns }) => {
        const model = new ScriptedModel({ turns: turns as ScriptedTurn[] });
        const settings = () => ({
          servers: [server()],
          maxParallelTools: 1,
          maxTurns,
          lookFirst,
          prices,
          ...steering(plans, approvals),
        });
        await expectSame(model, running(settings));
      },
    );
    await fc.assert(property, { numRuns: runsOf(150) });
  });

  test('bytes in reasoning are bytes again', async () => {
    const redactedContent = new Uint8Array([0, 255, 1, 128]);
    const delta = (given: object) => ({ contentBlockDelta: { contentBlockIndex: 0, delta: given } });
    const events = [
      delta({ reasoningContent: { redactedContent } }),
      { contentBlockStop: { contentBlockIndex: 0 } },
      { contentBlockStart: { contentBlockIndex: 1, start: { toolUse: { toolUseId: 'a', name: 'good' } } } },
      { contentBlockStop: { contentBlockIndex: 1 } },
      stop('tool_use'),
    ] as ModelEvent[];
    const model = new ScriptedModel({ turns: [{ events }, 'Done.'] });
    const { replayed } = await expectSame(
      model,
      running(() => ({ servers: [server()] })),
    );
    const given = replayed.result.messages[1]?.content[0];
    expect(given).toEqual({ reasoningContent: { redactedContent } });
  });

  test.each([
    ['at once', 0],
    ['one by one', 1],
  ])('pieces that come %s, for a reader that takes its time with each', async (_, ms) => {
    const words = ['One', ' two', ' three', ' four'].map(piece);
    const model = deafModel(...words.flatMap((event) => (ms ? [ms, event] : [event])), stop());
    const slowly: Runner = async (of) => {
      const run = runAgent({ model: of, prompt: 'q', chunkTimeoutMs: 1_000 });
      const events: AgentEvent[] = [];
      for await (const event of run) {
        for (let turns = 0; turns < 100; turns += 1) await undefined;
        events.push(event);
      }
      return { events, result: await run.result };
    };
    const { replayed } = await expectSame(model, slowly);
    expect(replayed.events.filter(({ type }) => type === 'text')).toHaveLength(words.length);
  });

  test('what Bedrock retried, refused and broke off', async () => {
    const bedrock = await startFakeBedrock({
      turns: [[call], { content: [{ text: 'So' }], fault: 'cut' }],
      refusesToolChoice: true,
      refusesToolsInStream: true,
    });
    onTestFinished(() => bedrock.close());
    const model = bedrockModel({ client: bedrock.client(), modelId: 'any.model' });
    const settings = () => ({ servers: [server()], lookFirst: true });
    const { recorded } = await expectSame(model, running(settings));
    expect(recorded.events.map(({ type }) => type)).toContain('tool_result');
  });

  test('retries inside a stream', async () => {
    const bedrock = await startFakeBedrock({
      turns: [{ fault: { exception: 'throttlingException' } }, [{ text: ['Yes', '.'] }]],
    });
    onTestFinished(() => bedrock.close());
    const model = bedrockModel({ client: bedrock.client(), modelId: 'any.model' });
    const { recorded, replayed } = await expectSame(model, running());
    expect(recorded.events[0]).toMatchObject({ type: 'retry', attempt: 1 });
    expect(replayed.events[0]).toEqual(recorded.events[0]);
  });

  test.each([[undefined], [[]], [['any']], [['any', 'tool']]] as Array<[Model['toolChoices']]>)(
    'tool choices %j',
    async (toolChoices) => {
      const scripted = new ScriptedModel({ turns: [[call], 'Done.'] });
      const model: Model = { id: 'm', toolChoices, stream: (...args) => scripted.stream(...args) };
      const { file } = await expectSame(
        model,
        running(() => ({ servers: [server()], lookFirst: true })),
      );
      expect(replayModel(file)).toMatchObject({ id: 'm' });
      expect(replayModel(file).toolChoices).toEqual(toolChoices);
      const isForced = scripted.requests[0]?.toolChoice !== undefined;
      expect(isForced).toBe(toolChoices === undefined || toolChoices.length > 0);
    },
  );
});

describe('a run that was aborted', () => {
  test('shows what came until then, and can be aborted at the same place', async () => {
    const run: Runner = async (model) => {
      const started = runAgent({ model, prompt: 'q' });
      const events: AgentEvent[] = [];
      for await (const event of started) {
        events.push(event);
        if (event.type === 'text' && event.text === 'two') started.abort();
      }
      return { events, result: await started.result };
    };
    const model = new ScriptedModel({
      turns: [{ content: [{ text: ['one', 'two', 'three'] }], fault: 'stall' }],
    });
    const { recorded, file } = await expectSame(model, run);
    expect(recorded.result).toMatchObject({ stopReason: 'aborted', text: 'onetwo' });
    expect(readFileSync(file, 'utf8')).toMatch(/"end":"aborted"\}\n$/);
  });

  test.each<[string, Model, Settings]>([
    ['firstChunkTimeoutMs', deafModel('silence'), { firstChunkTimeoutMs: 30 }],
    ['chunkTimeoutMs', deafModel(piece('So'), 'silence'), { chunkTimeoutMs: 30 }],
    ['stepTimeoutMs', new ScriptedModel({ turns: [{ fault: 'stall' }] }), { stepTimeoutMs: 30 }],
  ])('ends at the same limit: %s, also of a model that does not react', async (name, model, settings) => {
    const { recorded } = await expectSame(
      model,
      running(() => settings),
    );
    expect(recorded.result.stopReason).toBe(
      name.replace('Ms', '').replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`),
    );
  });

  test('after its answer was whole does not wait', async () => {
    const model = deafModel(piece('Yes.'), stop(), 'silence');
    const { file } = await expectSame(
      model,
      running(() => ({ chunkTimeoutMs: 30 })),
    );
    expect(readFileSync(file, 'utf8')).toMatch(/"end":"aborted"\}\n$/);
    const { result } = await running(() => ({ chunkTimeoutMs: 100_000 }))(replayModel(file));
    expect(result).toMatchObject({ stopReason: 'end_turn', text: 'Yes.' });
  });
});

describe('a request that does not fit', () => {
  const turns: ScriptedTurn[] = [[call], 'Done.'];
  const base = () => ({
    prompt: 'Who is in Alien?',
    servers: [server()],
    system: 'Be brief.',
    inference: { maxTokens: 9 },
  });
  type Base = ReturnType<typeof base>;

  test.each<[string, (given: Base) => Partial<RunAgentOptions>, string[]]>([
    [
      'another question',
      () => ({ prompt: 'Who is in Aliens?' }),
      [
        'Step 1',
        'call 1',
        'messages[0].content[0].text',
        'recorded: "Who is in Alien?"',
        'given:    "Who is in Aliens?"',
      ],
    ],
    [
      'another system prompt',
      () => ({ system: `Be brief.${' Very.'.repeat(50)}` }),
      ['Step 1', 'system', 'recorded: "Be brief."', 'given:    "Be brief. Very.', '…'],
    ],
    [
      'another setting',
      () => ({ inference: { maxTokens: 10, topP: 1 } }),
      [
        'inference.maxTokens',
        'recorded: 9',
        'given:    10',
        'inference.topP',
        'recorded: (nothing)',
        'given:    1',
      ],
    ],
    [
      'another tool',
      () => ({ servers: [toolServer('s', { good: { run: () => '', description: 'New.' } })] }),
      [
        'tools[0].description',
        'recorded: "Does good."',
        'given:    "New."',
        'tools[1]',
        'given:    (nothing)',
      ],
    ],
    [
      'another result',
      () => ({ servers: [server(`fin${'e'.repeat(200)}x`)] }),
      ['Step 2', 'call 2', 'messages[2].content[0].toolResult.content[1].text'],
    ],
    [
      'a forced tool',
      () => ({ lookFirst: true }),
      ['toolChoice', 'recorded: (nothing)', 'given:    {"any":{}}'],
    ],
  ])('%s: the run fails, and says where', async (_, change, words) => {
    const file = newFile();
    await runAgent({ model: recordModel(new ScriptedModel({ turns }), file), ...base() }).result;

    // Unchanged, it plays.
    const same = replayModel(file);
    expect(await runAgent({ model: same, ...base() }).result).toMatchObject({ stopReason: 'end_turn' });
    same.assertComplete();

    const replay = replayModel(file);
    const options = { model: replay, ...base(), ...change(base()) } as RunAgentOptions;
    const { stopReason, error } = await runAgent(options).result;
    expect([stopReason, error?.code]).toEqual(['error', 'model_failed']);
    const message = String((error?.cause as Error | undefined)?.message);
    for (const part of [file, ...words]) expect(message).toContain(part);
    for (const line of message.split('\n').slice(1)) expect(line.length).toBeLessThan(110);
    expect(() => replay.assertComplete()).toThrow(message);
    expect(() => replay.assertComplete()).toThrow(/were not played: .*2\.$/);
  });

  test('one call more than was recorded', async () => {
    const file = newFile();
    const run = running();
    await run(recordModel(new ScriptedModel({ turns: ['Yes.'] }), file));
    const replay = replayModel(file);
    expect((await run(replay)).result.stopReason).toBe('end_turn');
    replay.assertComplete();
    const { result } = await run(replay);
    expect(result.stopReason).toBe('error');
    expect(String(result.error?.cause)).toMatch(/has no more calls, .* with \[\{"text":"q"\}\]/);
    expect(() => replay.assertComplete()).toThrow('has no more calls');
  });

  test('the mark of the run, ids of tools and the note of the model are no difference', async () => {
    const file = newFile();
    const question = { role: 'user' as const, content: [{ text: 'And then?' }] };
    const ask = async (model: Model) => {
      const { result } = await running(() => ({ servers: [server()] }))(model);
      return runAgent({ model, messages: [...result.messages, question] }).result;
    };
    const recorded = await ask(recordModel(new ScriptedModel({ turns: [[call], 'One.', 'Two.'] }), file));
    const replay = replayModel(file);
    const replayed = await ask(replay);
    replay.assertComplete();
    expect(replayed.text).toBe('Two.');
    const marks = [recorded, replayed].map(
      ({ messages }) => /\bf[0-9a-f]{15}\b/.exec(JSON.stringify(messages))?.[0],
    );
    expect(marks[0]).toMatch(/^f/);
    expect(marks[1]).not.toBe(marks[0]);
    expect(readFileSync(file, 'utf8')).not.toContain(marks[0]);
  });
});

test('runs at the same time keep apart, and play in any order', async () => {
  const file = newFile();
  const questions = ['one', 'two', 'three'];
  const model: Model = {
    id: 'm',
    async *stream({ messages }) {
      const said = JSON.stringify(messages[0]?.content);
      yield* new ScriptedModel({ turns: [messages.length === 1 ? [call] : [{ text: [...said] }]] }).stream(
        { messages: [...messages] },
        new AbortController().signal,
      );
    },
  };
  const ask = (of: Model, prompt: string) => running(() => ({ servers: [server()] }), prompt)(of);
  const recorder = recordModel(model, file);
  const recorded = await Promise.all(questions.map((prompt) => ask(recorder, prompt)));
  const order = readFileSync(file, 'utf8').match(/"call":\d+/g) ?? [];
  expect(order.join()).not.toBe([...order].sort().join());
  const replay = replayModel(file);
  const replayed = await Promise.all(questions.toReversed().map((prompt) => ask(replay, prompt)));
  replay.assertComplete();
  expect(replayed.toReversed().map(visible)).toEqual(recorded.map(visible));
});

describe('the file', () => {
  const record = async () => {
    const file = newFile();
    const recorder = recordModel(new ScriptedModel({ turns: ['One.', 'Two.'] }), file);
    for (const prompt of ['1', '2']) await running(() => ({ system: 'short' }), prompt)(recorder);
    return file;
  };

  test('is overwritten when recording begins, and its folder is made', async () => {
    const file = await record();
    recordModel(new ScriptedModel({ turns: [] }), file);
    expect(readFileSync(file, 'utf8')).toBe('{"model":"scripted"}\n');
    const deep = join(folder, 'a', 'b', 'c.jsonl');
    recordModel(new ScriptedModel({ turns: [] }), deep);
    replayModel(deep).assertComplete();
    expect(() => recordModel(new ScriptedModel({ turns: [] }), join(file, 'x'))).toThrow(
      expect.objectContaining({ code: 'file_unavailable', message: expect.stringContaining(file) }),
    );
  });

  test('holds whole lines at any moment, and none twice', async () => {
    const file = newFile();
    const scripted = new ScriptedModel({ turns: [[call], [{ text: ['One', ' two'] }]] });
    const texts: string[] = [];
    const model: Model = {
      id: 'm',
      async *stream(request, signal) {
        for await (const event of scripted.stream(request, signal)) {
          texts.push(readFileSync(file, 'utf8'));
          yield event;
        }
      },
    };
    const system = 'Answer from tools.';
    await running(() => ({ servers: [server()], system }))(recordModel(model, file));
    expect(texts.length).toBeGreaterThan(8);
    for (const text of texts) {
      expect(text.endsWith('\n')).toBe(true);
      for (const line of text.trimEnd().split('\n')) JSON.parse(line);
    }
    // Not with each step again.
    expect(readFileSync(file, 'utf8').split(system)).toHaveLength(2);
    expect(readFileSync(file, 'utf8').split('Does good.')).toHaveLength(2);
  });

  test('that is missing names what to do', () => {
    expect(() => replayModel(join(folder, 'none.jsonl'))).toThrow(
      expect.objectContaining({
        code: 'file_unavailable',
        message: expect.stringMatching(/none\.jsonl.*recordModel/),
      }),
    );
  });

  test('that is cut anywhere but between two calls is refused', async () => {
    const text = readFileSync(await record(), 'utf8');
    const cut = newFile();
    const whole = [
      1 + text.indexOf('\n'),
      ...[...text.matchAll(/"end":"whole"\}\n/g)].map((end) => end.index + end[0].length),
    ];
    expect(whole).toHaveLength(3);
    for (let length = 0; length <= text.length; length += 1) {
      writeFileSync(cut, text.slice(0, length));
      if (whole.includes(length)) replayModel(cut);
      else
        expect(() => replayModel(cut), `${length}`).toThrow(
          expect.objectContaining({ code: 'file_unavailable', message: expect.stringContaining(cut) }),
        );
    }
  });

  test.each([
    ['that is no recording', 'hello\n', 'Line 1'],
    [
      'without its first line',
      '{"call":1,"request":{"messages":[]}}\n{"call":1,"end":"whole"}\n',
      'is not whole',
    ],
    [
      'with a call that begins twice',
      '{"model":"m"}\n{"call":1,"request":{"messages":[]}}\n{"call":1,"request":{"messages":[]}}\n',
      'Line 3',
    ],
    ['with an event of no call', '{"model":"m"}\n{"call":1,"end":"whole"}\n', 'Line 2'],
    [
      'with a call like none',
      '{"model":"m"}\n{"call":2,"like":1,"keep":1,"request":{"messages":[]}}\n',
      'Line 2',
    ],
    [
      'with a call that did not end',
      '{"model":"m"}\n{"call":1,"request":{"messages":[]}}\n',
      'call 1 did not end',
    ],
  ])('%s is refused', (_, text, words) => {
    const file = newFile();
    writeFileSync(file, text);
    expect(() => replayModel(file)).toThrow(
      expect.objectContaining({ code: 'file_unavailable', message: expect.stringMatching(words) }),
    );
  });

  test('holds no credentials, of the client or in an error', async () => {
    const bedrock = await startFakeBedrock({ turns: ['Yes.'] });
    onTestFinished(() => bedrock.close());
    const credentials = {
      accessKeyId: 'AKIAABCDEFGHIJKLMNOP',
      secretAccessKey: 'sesame',
      sessionToken: 'token-1',
    };
    const client = bedrock.client({ credentials });
    const file = newFile();
    await running()(recordModel(bedrockModel({ client, modelId: 'any.model' }), file));
    expect(bedrock.requests[0]?.headers.authorization).toContain(credentials.accessKeyId);
    const text = readFileSync(file, 'utf8');
    expect(text).toContain('Yes.');
    for (const secret of [...Object.values(credentials), bedrock.url, 'authorization'])
      expect(text).not.toContain(secret);

    const message =
      'The canonical string should have been\nx-amz-security-token: token-1\n' +
      'authorization: AWS4 Credential=AKIAABCDEFGHIJKLMNOP/x, by http://me:sesame@proxy:80/';
    const failed = newFile();
    const cause = Object.assign(new Error(message), {
      name: 'SignatureError',
      $response: credentials,
      config: credentials,
    });
    await running()(recordModel(new ScriptedModel({ turns: [cause] }), failed));
    const told = readFileSync(failed, 'utf8');
    expect(told).toContain('The canonical string should have been');
    expect(told).toContain('SignatureError');
    for (const secret of Object.values(credentials)) expect(told).not.toContain(secret);
  });

  test('that cannot be written ends the run, and the cause says why', async () => {
    const file = join(folder, 'gone', 'file.jsonl');
    const recorder = recordModel(new ScriptedModel({ turns: ['Yes.', 'Yes.'] }), file);
    expect((await running()(recorder)).result.stopReason).toBe('end_turn');
    rmSync(join(folder, 'gone'), { recursive: true });
    const { result } = await running()(recorder);
    expect(result).toMatchObject({ stopReason: 'error', error: { cause: { code: 'ENOENT' } } });
  });
});
