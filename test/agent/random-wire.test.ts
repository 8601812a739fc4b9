import { ConfiguredRetryStrategy } from '@smithy/core/retry';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import fc from 'fast-check';
import { type AgentEvent, type Message, type RunLimits, runAgent } from 'movie-hub';
import { requestProblems, type ScriptedTurn, startFakeBedrock } from 'movie-hub/testing';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { isFastLane, runsOf } from '../support/lane';
import type { HttpVersion } from './support/bedrock-run';
import { content, expectEnded, prices, server, settings, steering, usage } from './support/random-run';
import { httpVersions } from './support/real-client';

// Waits before retries are tested elsewhere; here they would only take time.
vi.mock('../../src/sdk/agent/bedrock/retry', async (original) => ({
  ...(await original<typeof import('../../src/sdk/agent/bedrock/retry')>()),
  backOff: () => 1,
}));

const exceptions = [
  'throttlingException',
  'modelStreamErrorException',
  'internalServerException',
  'serviceUnavailableException',
  'modelTimeoutException',
  'validationException',
];
const statuses = [
  { status: 429, type: 'ThrottlingException' },
  { status: 503, type: 'ServiceUnavailableException' },
  { status: 424, type: 'ModelErrorException' },
  { status: 400, type: 'ValidationException' },
  { status: 400, type: 'ValidationException', message: 'No toolChoice, please.' },
  { status: 400, type: 'ValidationException', message: 'This model does not support streaming.' },
];
const asksForTool = { toolUse: { name: 'good', input: '{}', toolUseId: '1' } };
const breaks = ['cut', 'corrupt', 'end', 'reset', 'disconnect', 'stall'] as const;
const thrown = exceptions.flatMap((exception) => [{ exception }, { exception, keepOpen: true }]);
const fault = fc.oneof(
  { arbitrary: fc.constantFrom(...breaks), weight: 2 },
  { arbitrary: fc.constantFrom(...thrown), weight: 3 },
  { arbitrary: fc.constantFrom(...statuses), weight: 2 },
);
const whole = fc.record({
  content,
  usage,
  stopReason: fc.constantFrom('end_turn', 'tool_use', 'max_tokens'),
});
const afterOutput = fc.record({ content, fault });
const beforeOutput = fc.record({ events: fc.constant([]), fault });
const turn = fc.oneof(
  { arbitrary: whole, weight: 3 },
  { arbitrary: afterOutput, weight: 1 },
  { arbitrary: beforeOutput, weight: 2 },
);

function sometimes<T>(drawn: fc.Arbitrary<T>, otherwise: NoInfer<T>): fc.Arbitrary<T> {
  return fc.oneof(drawn, fc.constant(otherwise));
}

const script = fc.record({
  turns: fc.array(turn, { maxLength: 8 }),
  http: fc.constantFrom(...httpVersions),
  refusesToolsInStream: sometimes(fc.boolean(), false),
  refusesToolChoice: fc.boolean(),
  maxStreamRetries: fc.nat(2),
  /** Of the client itself. */
  maxRetries: fc.nat(1),
  promptCaching: fc.boolean(),
  /** Until the caller aborts, in ms; mostly longer than the run. */
  abortAfterMs: fc.oneof(fc.nat(40), fc.constant(10_000)),
  // Wrong plans and short limits end a run before it has gone far: half of the runs have none.
  limits: sometimes(settings.limits, {}),
  plans: sometimes(settings.plans, []),
  approvals: sometimes(settings.approvals, []),
  lookFirst: settings.lookFirst,
  abortAfter: sometimes(settings.abortAfter, null),
});
type Script = typeof script extends fc.Arbitrary<infer T> ? T : never;

/** Each fault before and after output, over each version of HTTP, in a run that is not disturbed otherwise. */
const examples = httpVersions.flatMap((http) =>
  [...breaks, ...thrown, ...statuses].flatMap((fault) => [
    exampleOf(http, { events: [], fault }),
    exampleOf(http, { content: [{ text: 'Hello' }, asksForTool], fault }),
    exampleOf(http, { content: [asksForTool] }, { content: [{ text: 'Hello' }], fault }),
  ]),
);

/** Bounds what hangs: nothing in a script may hold a run longer. */
const atMost = { totalTimeoutMs: 200, firstChunkTimeoutMs: 100, chunkTimeoutMs: 100 };
function bounded(limits: RunLimits): RunLimits {
  const times = Object.entries(atMost).map(([name, most]) => [
    name,
    Math.min(limits[name as keyof typeof atMost] ?? most, most),
  ]);
  return { ...limits, ...Object.fromEntries(times) };
}

function exampleOf(http: HttpVersion, ...turns: object[]): [Script] {
  return [
    {
      turns: turns as Script['turns'],
      http,
      refusesToolsInStream: false,
      refusesToolChoice: true,
      maxStreamRetries: 1,
      maxRetries: 0,
      promptCaching: true,
      abortAfterMs: 10_000,
      limits: {},
      plans: [],
      approvals: [],
      lookFirst: true,
      abortAfter: null,
    },
  ];
}

/** What a run may take past its limits before it counts as hung: a busy machine takes some of it. */
const patienceMs = 120_000;

const unhandled = vi.fn();
beforeAll(() => void process.on('unhandledRejection', unhandled));
afterAll(() => void process.off('unhandledRejection', unhandled));

/** An endpoint that plays the drawn turns, then ends; and a client for it that retries at once. */
async function endpoint({ turns, http, refusesToolsInStream, refusesToolChoice, maxRetries }: Script) {
  const left = [...(turns as ScriptedTurn[])];
  const bedrock = await startFakeBedrock({
    turns: Array<ScriptedTurn>(200).fill(() => left.shift() ?? 'The end.'),
    refusesToolsInStream,
    refusesToolChoice,
  });
  const client = bedrock.client({
    ...(http === 'HTTP/1.1' && { requestHandler: new NodeHttpHandler() }),
    retryStrategy: new ConfiguredRetryStrategy(maxRetries, 0),
  });
  return { bedrock, client, playNothingMore: () => left.splice(0) };
}

/** Fails in place of a run that never settles, which would show nothing but a time limit of the test. */
async function settled<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const hung = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('The run did not settle within its limits.')), patienceMs);
  });
  return Promise.race([work, hung]).finally(() => clearTimeout(timer));
}

const seen = { stopReasons: new Map<string, number>(), retries: 0, converse: 0 };

async function check(drawn: Script): Promise<void> {
  const { limits, plans, approvals, abortAfter, abortAfterMs } = drawn;
  const { bedrock, client, playNothingMore } = await endpoint(drawn);
  const model = {
    client,
    modelId: 'test.model-v1:0',
    maxStreamRetries: drawn.maxStreamRetries,
    promptCaching: drawn.promptCaching,
  };
  try {
    const run = runAgent({
      ...model,
      prompt: 'q',
      servers: [server()],
      lookFirst: drawn.lookFirst,
      prices,
      ...bounded(limits),
      ...steering(plans, approvals),
    });
    const timer = setTimeout(() => run.abort(), abortAfterMs);
    const events: AgentEvent[] = [];
    const reading = (async () => {
      for await (const event of run) {
        if (events.length === abortAfter) run.abort();
        events.push(event);
      }
    })();
    const result = await settled(run.result);
    await settled(reading);
    clearTimeout(timer);
    expectEnded(events, result, limits);
    seen.stopReasons.set(result.stopReason, (seen.stopReasons.get(result.stopReason) ?? 0) + 1);
    seen.retries += events.filter(({ type }) => type === 'retry').length;

    // The same client and endpoint: what broke before must not break this.
    playNothingMore();
    const question: Message = { role: 'user', content: [{ text: 'And then?' }] };
    const further = runAgent({ ...model, messages: [...result.messages, question] });
    expect(await settled(further.result)).toMatchObject({ stopReason: 'end_turn', text: 'The end.' });
    expect(bedrock.requests.flatMap(({ request }) => requestProblems(request))).toEqual([]);
    seen.converse += bedrock.requests.filter(({ streaming }) => !streaming).length;
  } finally {
    await bedrock.close();
  }
}

test('any run through the real client ends within its limits, and a further one goes on from it', async () => {
  await fc.assert(fc.asyncProperty(script, check), { numRuns: runsOf(260), examples });
  expect(unhandled).not.toHaveBeenCalled();
  // It met what it is about; a tenth of the runs may miss something.
  if (isFastLane) return;
  const { stopReasons, retries, converse } = seen;
  for (const reason of ['end_turn', 'aborted', 'error']) expect([...stopReasons.keys()]).toContain(reason);
  expect(Math.min(retries, converse)).toBeGreaterThan(0);
});
