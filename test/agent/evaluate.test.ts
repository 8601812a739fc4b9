import { createTimeMcpServer, type RunAgentOptions } from 'movie-hub';
import {
  type EvaluationCase,
  evaluate,
  formatEvaluation,
  ScriptedModel,
  type ScriptedTurn,
} from 'movie-hub/testing';
import { describe, expect, test } from 'vitest';
import type { EvaluationOptions } from '../../src/testing/evaluate';
import { barrier, toolServer } from './support/tool-server';

type Expected = EvaluationCase['expect'];
type Settings = Omit<EvaluationOptions<EvaluationCase>, 'model' | 'cases'>;

const now = () => new Date('2025-01-15T12:00:00Z');
const servers = () => [createTimeMcpServer({ now })];
const tokyo = { toolUse: { name: 'get_current_time', input: { time_zone: 'Asia/Tokyo' } } };
const turns: ScriptedTurn[] = [[tokyo], [{ text: 'It is 21:00 in Tokyo.' }]];

/** Evaluates one case whose model plays a script. */
async function outcomeOf(
  expected: Expected,
  script: readonly ScriptedTurn[] = turns,
  settings: Settings = { servers },
) {
  const model = new ScriptedModel({ turns: script });
  const one = { name: 'one', prompt: 'What time is it in Tokyo?', expect: expected };
  const evaluation = await evaluate({ model, cases: [one], ...settings });
  const [outcome] = evaluation.cases;
  if (!outcome) throw new Error('no outcome');
  expect(evaluation.passed).toBe(outcome.passed);
  expect(evaluation.exitCode).toBe(outcome.passed ? 0 : 1);
  expect(outcome.passed).toBe(outcome.reasons.length === 0);
  return outcome;
}

const tool = 'get_current_time';

test.each<[string, met: Expected, unmet: Expected, reason: RegExp]>([
  [
    'a call',
    { calls: [{ tool }] },
    { calls: [{ tool: 'convert_time' }] },
    /^convert_time was not called with \{\}\. Called: get_current_time \{"time_zone":"Asia\/Tokyo"\}\.$/,
  ],
  [
    'its arguments',
    { calls: [{ tool, arguments: { time_zone: 'Asia/Tokyo' } }] },
    { calls: [{ tool, arguments: { time_zone: 'Tokyo' } }] },
    /not called with \{"time_zone":"Tokyo"\}/,
  ],
  [
    'a pattern in them',
    { calls: [{ tool, arguments: { time_zone: /tokyo/i } }] },
    { calls: [{ tool, arguments: { time_zone: /^tokyo/i } }] },
    /not called with \{"time_zone":"\/\^tokyo\/i"\}/,
  ],
  [
    'a function of them',
    { calls: [{ tool, arguments: ({ time_zone }) => time_zone === 'Asia/Tokyo' }] },
    { calls: [{ tool, arguments: () => false }] },
    /not called with what arguments looks for/,
  ],
  [
    'the server',
    { calls: [{ tool, server: 'movie-hub-time' }] },
    { calls: [{ tool, server: 'other' }] },
    /was not called/,
  ],
  [
    'a call that must not be',
    { noCalls: [{ tool: 'convert_time' }] },
    { noCalls: [{ tool, arguments: { time_zone: /tokyo/i } }] },
    /^get_current_time was called with \{"time_zone":"Asia\/Tokyo"\}\.$/,
  ],
  ['no call of any', { noCalls: [] }, { noCalls: true }, /^get_current_time was called/],
  [
    'the answer',
    { answer: '21:00' },
    { answer: '22:00' },
    /^The answer lacks "22:00": "It is 21:00 in Tokyo\."$/,
  ],
  ['each of several texts', { answer: ['21:00', 'Tokyo'] }, { answer: ['21:00', 'Osaka'] }, /lacks "Osaka"/],
  ['a pattern', { answer: /\d\d:00/g }, { answer: /\d\d:30/ }, /lacks \/\\d\\d:30\//],
  [
    'a function',
    { answer: (text) => text.length > 9 },
    { answer: (text) => text === '' },
    /lacks what answer looks for/,
  ],
  [
    'a text that must not be there',
    { notInAnswer: ['Osaka', /\d{5}/] },
    { notInAnswer: /tokyo/i },
    /^The answer has \/tokyo\/i/,
  ],
  ['turns', { maxTurns: 2 }, { maxTurns: 1 }, /^It took 2 turns, at most 1 are allowed\.$/],
  ['tokens', { maxTokens: 30 }, { maxTokens: 29 }, /^It took 30 tokens, at most 29 are allowed\.$/],
  [
    'the stop reason',
    { stopReason: 'end_turn' },
    { stopReason: 'max_turns' },
    /^The run ended with end_turn, not with max_turns\.$/,
  ],
])('%s is checked', async (_, met, unmet, reason) => {
  expect((await outcomeOf(met)).reasons).toEqual([]);
  const { reasons, result, calls } = await outcomeOf(unmet);
  expect(reasons).toEqual([expect.stringMatching(reason)]);
  expect(result?.text).toBe('It is 21:00 in Tokyo.');
  expect(calls).toEqual([
    expect.objectContaining({ name: tool, server: 'movie-hub-time', arguments: { time_zone: 'Asia/Tokyo' } }),
  ]);
});

test.each<[string, unknown, boolean]>([
  ['more members', { a: { b: 1 } }, true],
  ['null', { a: { n: null } }, true],
  ['a list', { list: [{ x: 1 }, /^t/] }, true],
  ['another value', { a: { b: 2 } }, false],
  ['another type', { a: { b: '1' } }, false],
  ['a shorter list', { list: [{ x: 1 }] }, false],
  ['a list for an object', { a: [] }, false],
  ['an object for a list', { list: {} }, false],
  ['a member that is missing', { c: 1 }, false],
  ['null that is missing', { c: null }, false],
  ['a pattern for a number', { a: { b: /1/ } }, false],
  ['an inherited member', { toString: {} }, false],
])('arguments are compared in part: %s', async (_, expected, fits) => {
  const input = { a: { b: 1, n: null }, list: [{ x: 1, y: 2 }, 'two'] };
  const script: ScriptedTurn[] = [[{ toolUse: { name: 'any', input } }], 'Done.'];
  const check = { calls: [{ tool: 'any', arguments: expected }] } as Expected;
  const any = () => [toolServer('s', { any: { run: () => '' } })];
  expect((await outcomeOf(check, script, { servers: any })).passed).toBe(fits);
});

describe('a case fails, whatever it expects, when', () => {
  test.each<[string, ScriptedTurn[], Settings, RegExp]>([
    [
      'the model fails',
      [new Error('kaputt')],
      { servers },
      /^The run ended with error, not with end_turn: .* kaputt$/,
    ],
    [
      'a limit ends it',
      turns,
      { servers, maxTurns: 1 },
      /^The run ended with max_turns, not with end_turn\.$/,
    ],
    [
      'the model says nothing whole',
      [{ content: [{ text: 'It' }], stopReason: 'max_tokens' }],
      { servers },
      /max_tokens/,
    ],
    [
      'a server fails',
      ['Hello.'],
      { servers: [{ command: 'no-such-command-here' }] },
      /^The server server-1 failed: .*ENOENT/,
    ],
    [
      'its servers cannot be made',
      turns,
      { servers: () => Promise.reject(new Error('no pool')) },
      /^It could not be evaluated: no pool$/,
    ],
    ['an option of the run is wrong', turns, { servers, maxCost: 1 }, /^It could not be evaluated: .*price/],
  ])('%s', async (_, script, settings, reason) => {
    const { reasons } = await outcomeOf({}, script, settings);
    expect(reasons).toEqual([expect.stringMatching(reason)]);
  });

  test('a check throws, or answers with a promise', async () => {
    const throws = () => {
      throw new Error('not this');
    };
    expect((await outcomeOf({ answer: throws })).reasons).toEqual(['It could not be evaluated: not this']);
    const promise = (() => Promise.resolve(true)) as unknown as () => boolean;
    expect((await outcomeOf({ answer: promise })).passed).toBe(false);
  });
});

describe('wrong cases are refused before anything runs', () => {
  const good: EvaluationCase = { name: 'a', prompt: 'q', expect: {} };
  test.each<[string, EvaluationCase[], Settings, RegExp]>([
    ['none', [], {}, /There are no cases/],
    ['two with one name', [good, good], {}, /Two cases are named a/],
    ['without a question', [{ name: 'a', expect: {} }], {}, /case a needs either/],
    ['with two', [{ ...good, messages: [] }], {}, /case a needs either/],
    [
      'with a misspelt expectation',
      [{ ...good, expect: { answers: 'x' } as Expected }],
      {},
      /case a expects answers/,
    ],
    ['no concurrency', [good], { concurrency: 0 }, /concurrency/],
    ['half a case at once', [good], { concurrency: 1.5 }, /concurrency/],
  ])('%s', async (_, cases, settings, message) => {
    const model = new ScriptedModel({ turns: ['Yes.'] });
    const wrong = evaluate({ model, cases, ...settings });
    await expect(wrong).rejects.toMatchObject({
      code: 'invalid_argument',
      message: expect.stringMatching(message),
    });
    expect(model.requests).toEqual([]);
    expect((await evaluate({ model, cases: [good] })).passed).toBe(true);
  });
});

test('options of a run, messages, prices and the signal are passed on', async () => {
  const text = (said: string) => [{ text: said }];
  const messages: EvaluationCase['messages'] = [
    { role: 'user', content: text('one') },
    { role: 'assistant', content: text('two') },
    { role: 'user', content: text('three') },
  ];
  const model = new ScriptedModel({ turns: [[tokyo], 'Yes.'] });
  const settings = {
    system: 'Be brief.',
    lookFirst: true,
    inference: { maxTokens: 5 },
    prices: { input: 1e6, output: 0 },
  };
  const { cases } = await evaluate({
    model,
    servers,
    cases: [{ name: 'a', messages, expect: {} }],
    ...settings,
  });
  expect(model.requests[0]).toMatchObject({
    messages,
    system: 'Be brief.',
    toolChoice: { any: {} },
    inference: { maxTokens: 5 },
  });
  expect(cases[0]?.result?.cost).toBe(20);

  const signal = AbortSignal.abort();
  expect((await outcomeOf({}, turns, { servers, signal })).reasons).toEqual([
    'The run ended with aborted, not with end_turn.',
  ]);
});

test.each([1, 3])('%i cases at once, in order, each with its own servers', async (concurrency) => {
  let open = 0;
  let most = 0;
  const meet = barrier(concurrency);
  const cases = Array.from({ length: 6 }, (_, i) => ({
    name: `case ${i}`,
    prompt: `${i}`,
    expect: { answer: `${i}` },
    key: i,
  }));
  const made: number[] = [];
  const model = {
    id: 'm',
    stream: (...[request, signal]: Parameters<ScriptedModel['stream']>) => {
      const turn: ScriptedTurn = async () => {
        open += 1;
        most = Math.max(most, open);
        if (most < concurrency) await meet();
        else if (concurrency > 1) void meet();
        open -= 1;
        return JSON.stringify(request.messages[0]?.content);
      };
      return new ScriptedModel({ turns: [turn] }).stream(request, signal);
    },
  };
  const evaluation = await evaluate({
    model,
    cases,
    concurrency,
    servers: ({ key }) => {
      made.push(key);
      return servers();
    },
  });
  expect(evaluation.cases.map(({ name, passed }) => [name, passed])).toEqual(
    cases.map(({ name }) => [name, true]),
  );
  expect(made.sort()).toEqual([0, 1, 2, 3, 4, 5]);
  expect(most).toBe(concurrency);
});

describe('the table', () => {
  const table = async (
    cases: EvaluationCase[],
    script: ScriptedTurn[],
    settings: Partial<RunAgentOptions> = {},
  ) => {
    const model = new ScriptedModel({ turns: script });
    const evaluation = await evaluate({ ...(settings as Settings), model, cases, servers });
    return formatEvaluation(evaluation);
  };

  test('has a row for each case, reasons, and sums', async () => {
    const cases = [
      { name: 'the time', prompt: 'q', expect: { answer: '21:00' } },
      { name: 'the day', prompt: 'q', expect: { answer: 'Wednesday' } },
    ];
    expect(await table(cases, [...turns, ...turns])).toBe(
      [
        '        Case                                                    Turns  Calls      Tokens',
        'ok      the time                                                    2      1          30',
        'FAILED  the day                                                     2      1          30',
        '        The answer lacks "Wednesday": "It is 21:00 in Tokyo."',
        '        1 of 2 failed                                               4      2          60',
        '',
      ].join('\n'),
    );
    const priced = await table(cases.slice(0, 1), turns, { prices: { input: 100, output: 1_000 } });
    expect(priced).toContain(`${'Cost'.padStart(12)}\n`);
    expect(priced).toMatch(/ok {6}the time .* 0\.0120\n {8}All 1 passed .* 0\.0120\n$/);
  });

  test('is 100 columns wide at most, and steers no terminal', async () => {
    const names = ['x'.repeat(300), '映画'.repeat(60), 'a\u001b[31m b\u0007\r\n\u202e c', '🎬'.repeat(90)];
    const cases = names.map((name) => ({ name, prompt: 'q', expect: { answer: name, notInAnswer: /./ } }));
    const said = ['y'.repeat(500), '\u001b]0;title\u0007'.repeat(50), 'word '.repeat(90), '話'.repeat(200)];
    const text = await table(cases, said, { prices: { input: 1, output: 1 } });
    expect(text).toContain('映画映画');
    expect(text).toContain('4 of 4 failed');
    for (const line of text.split('\n')) {
      expect(line).not.toMatch(/[\p{Cc}\p{Cf}]/u);
      const wide = line.match(/[\u2e80-\u9fff]|\p{Emoji_Presentation}/gu)?.length ?? 0;
      expect([...line].length + wide, line).toBeLessThanOrEqual(100);
    }
  });
});
