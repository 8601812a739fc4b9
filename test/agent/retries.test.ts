import { runAgent } from 'movie-hub';
import type { ScriptedTurn } from 'movie-hub/testing';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { backOff } from '../../src/sdk/agent/bedrock/retry';
import type { ScriptedFault } from '../../src/testing/script';
import { httpVersions, realRun, startReal } from './support/real-client';
import { eventsOf } from './support/run';

/** Nothing but the beginning of a message, as Bedrock sends it, and then the fault. */
const afterStart = (fault: ScriptedFault): ScriptedTurn => ({ content: [], fault });
/** The very first thing in the stream: the client meets it before it hands the stream over. */
const atOnce = (fault: ScriptedFault): ScriptedTurn => ({ events: [], fault });
const throttled = { exception: 'throttlingException', message: 'slow down' };

// The shortest waits that there can be.
beforeEach(() => {
  vi.spyOn(Math, 'random').mockReturnValue(0);
});
afterEach(() => {
  vi.restoreAllMocks();
});

describe('the wait before a retry', () => {
  test.each([
    [1, 250, 500],
    [2, 500, 1_000],
    [3, 1_000, 2_000],
    [6, 5_000, 10_000],
    [7, 5_000, 10_000],
    [60, 5_000, 10_000],
  ])('%i is from %i to %i ms, and chance decides', (attempt, least, most) => {
    expect(backOff(attempt)).toBe(least);
    vi.mocked(Math.random).mockReturnValue(0.5);
    expect(backOff(attempt)).toBe((least + most) / 2);
    vi.mocked(Math.random).mockReturnValue(1);
    expect(backOff(attempt)).toBe(most);
  });
});

describe.each(httpVersions)('over %s', (http) => {
  test.each([
    ['throttlingException', 'ThrottlingException'],
    ['modelStreamErrorException', 'ModelStreamErrorException'],
    ['internalServerException', 'InternalServerException'],
    ['serviceUnavailableException', 'ServiceUnavailableException'],
    // Not one of those that the client knows in a stream of Converse.
    ['modelTimeoutException', 'modelTimeoutException'],
  ])(
    '%s before any output is retried, as the first thing in the stream and later',
    async (exception, reason) => {
      for (const fault of [afterStart({ exception }), atOnce({ exception })]) {
        const { bedrock, events, result } = await realRun({ http, turns: [fault, 'At last.'] });
        expect(result).toMatchObject({ stopReason: 'end_turn', text: 'At last.', turns: 1 });
        expect(eventsOf(events, 'retry')).toEqual([
          { type: 'retry', step: 1, attempt: 1, delayMs: 250, reason },
        ]);
        bedrock.assertComplete();
      }
    },
  );

  test.each(['validationException', 'someDayException'])('%s is not retried', async (exception) => {
    for (const fault of [afterStart({ exception }), atOnce({ exception })]) {
      const { bedrock, events, result } = await realRun({ http, turns: [fault] });
      expect(result).toMatchObject({ stopReason: 'error', error: { code: 'model_failed' } });
      expect(eventsOf(events, 'retry')).toEqual([]);
      expect(bedrock.requests).toHaveLength(1);
    }
  });

  test.each([
    [429, 'ThrottlingException', 3],
    [503, 'ServiceUnavailableException', 3],
    [500, 'InternalServerException', 3],
    [400, 'ValidationException', 1],
  ])('HTTP %i %s is tried %i times, by the client', async (status, type, tries) => {
    const turns = [1, 2, 3].map(() => ({ fault: { status, type } })).slice(0, tries);
    const { bedrock, events, result } = await realRun({ http, turns, maxAttempts: 3 });
    const cause = { name: type, $metadata: { httpStatusCode: status, attempts: tries } };
    expect(result).toMatchObject({ stopReason: 'error', error: { cause }, turns: 0 });
    expect(eventsOf(events, 'retry')).toEqual([]);
    bedrock.assertComplete();
    if (tries === 1) return;
    const mended = await realRun({ http, turns: [...turns.slice(1), 'At last.'], maxAttempts: 3 });
    expect(mended.result).toMatchObject({ stopReason: 'end_turn', text: 'At last.', turns: 1 });
  });

  test.each([
    ['a failure of HTTP', { status: 503, type: 'ServiceUnavailableException' }],
    ['a throttling', throttled],
  ])('what comes first after %s, which the client repeats, is retried', async (_, first) => {
    const turns = [atOnce(first), atOnce({ exception: 'modelStreamErrorException' }), 'At last.'];
    const { bedrock, events, result } = await realRun({ http, turns, maxAttempts: 3 });
    expect(result).toMatchObject({ stopReason: 'end_turn', text: 'At last.' });
    expect(eventsOf(events, 'retry')).toMatchObject([{ reason: 'ModelStreamErrorException' }]);
    bedrock.assertComplete();
  });

  test('but no throttling that the client has repeated as often as it may', async () => {
    const turns = [1, 2, 3].map(() => atOnce(throttled));
    const { bedrock, events, result } = await realRun({ http, turns, maxAttempts: 3 });
    expect(result).toMatchObject({ stopReason: 'error', error: { cause: { name: 'ThrottlingException' } } });
    expect(eventsOf(events, 'retry')).toEqual([]);
    bedrock.assertComplete();
  });

  test.each([
    [424, 'ModelErrorException'],
    [408, 'ModelTimeoutException'],
  ])('HTTP %i %s, which the client does not repeat, is retried', async (status, type) => {
    const turns = [{ fault: { status, type } }, 'At last.'];
    const { bedrock, events, result } = await realRun({ http, turns, maxAttempts: 3 });
    expect(result).toMatchObject({ stopReason: 'end_turn', text: 'At last.', turns: 1 });
    expect(eventsOf(events, 'retry')).toMatchObject([{ attempt: 1, reason: type }]);
    bedrock.assertComplete();
  });

  test.each<ScriptedFault>(['reset', 'disconnect', 'cut', 'corrupt', 'end'])(
    'a connection with the fault %s before the first word is retried',
    async (fault) => {
      const askedForTool = { content: [{ toolUse: { name: 'a' } }], fault };
      for (const turn of [afterStart(fault), atOnce(fault), askedForTool]) {
        const { bedrock, events, result } = await realRun({ http, turns: [turn, 'At last.'] });
        expect(result).toMatchObject({ stopReason: 'end_turn', text: 'At last.', toolCalls: 0 });
        expect(eventsOf(events, 'retry')).toHaveLength(1);
        bedrock.assertComplete();
      }
    },
  );

  test('a tool that was asked for before an exception is retried, and not called', async () => {
    const turns = [{ content: [{ toolUse: { name: 'a' } }], fault: throttled }, 'At last.'];
    const { bedrock, events, result } = await realRun({ http, turns });
    expect(result).toMatchObject({ stopReason: 'end_turn', text: 'At last.', toolCalls: 0 });
    expect(eventsOf(events, 'retry')).toHaveLength(1);
    bedrock.assertComplete();
  });

  test.each<[string, ScriptedTurn]>([
    ['text', { content: [{ text: 'Half ' }], fault: throttled }],
    ['text and a lost connection', { content: [{ text: 'Half ' }], fault: 'disconnect' }],
    ['reasoning', { content: [{ reasoning: 'Hm' }], fault: throttled }],
  ])('after %s nothing is retried: the end is an error', async (_, turn) => {
    const { bedrock, events, result } = await realRun({ http, turns: [turn] });
    expect(result).toMatchObject({ stopReason: 'error', error: { code: 'model_failed' } });
    expect(eventsOf(events, 'retry')).toEqual([]);
    expect(bedrock.requests).toHaveLength(1);
  });
});

test('the waits grow, the tries end, and the last failure is the error', async () => {
  const turns = [1, 2, 3, 4].map(() => afterStart(throttled));
  const { bedrock, events, result } = await realRun({ turns });
  expect(eventsOf(events, 'retry').map(({ attempt, delayMs }) => [attempt, delayMs])).toEqual([
    [1, 250],
    [2, 500],
    [3, 1_000],
  ]);
  expect(result).toMatchObject({ stopReason: 'error', error: { cause: { name: 'ThrottlingException' } } });
  expect(result.messages).toHaveLength(1);
  bedrock.assertComplete();
});

test.each([0, 1])('maxStreamRetries %i is the number of retries in each step', async (maxStreamRetries) => {
  const turns = Array.from({ length: maxStreamRetries + 1 }, () => afterStart(throttled));
  const { bedrock, events, result } = await realRun({ turns, maxStreamRetries });
  expect(result.stopReason).toBe('error');
  expect(eventsOf(events, 'retry')).toHaveLength(maxStreamRetries);
  bedrock.assertComplete();
});

test.each([-1, 1.5, Number.NaN, '3'])('maxStreamRetries %j is refused', (maxStreamRetries) => {
  const options = { client: { send: () => undefined }, modelId: 'm', prompt: 'x', maxStreamRetries };
  expect(() => runAgent(options as never)).toThrow(expect.objectContaining({ code: 'invalid_argument' }));
});

test('an error of HTTP is retried by the client, and by nobody again', async () => {
  const failure = { status: 429, type: 'ThrottlingException' };
  const turns = [1, 2].map(() => ({ fault: failure }));
  const { bedrock, events, result } = await realRun({ turns, maxAttempts: 2 });
  expect(result.error?.cause).toMatchObject({ $metadata: { attempts: 2, httpStatusCode: 429 } });
  expect(eventsOf(events, 'retry')).toEqual([]);
  bedrock.assertComplete();
  const once = await realRun({ turns: [{ fault: failure }] });
  expect(once.result.error?.cause).toMatchObject({ $metadata: { attempts: 1, httpStatusCode: 429 } });
  expect(once.bedrock.requests).toHaveLength(1);
});

test('what the client has retried, because it came first in the stream, is not retried again', async () => {
  const turns = [1, 2].map(() => atOnce(throttled));
  const { bedrock, events, result } = await realRun({ turns, maxAttempts: 2 });
  expect(result.error?.cause).toMatchObject({ $metadata: { attempts: 2 } });
  expect(eventsOf(events, 'retry')).toEqual([]);
  bedrock.assertComplete();
});

describe('during the wait', () => {
  test('an abort ends the run at once', async () => {
    vi.mocked(Math.random).mockReturnValue(1_000);
    const { bedrock, run } = await startReal({ turns: [afterStart(throttled)] });
    for await (const event of run) {
      if (event.type !== 'retry') continue;
      expect(event.delayMs).toBeGreaterThan(100_000);
      run.abort();
    }
    const result = await run.result;
    expect(result).toMatchObject({ stopReason: 'aborted', turns: 0 });
    expect(result).not.toHaveProperty('error');
    expect(result.messages).toHaveLength(1);
    expect(bedrock.requests).toHaveLength(1);
  });

  test('the limits of the step and of the run hold', async () => {
    vi.mocked(Math.random).mockReturnValue(1_000);
    for (const limit of ['step_timeout', 'total_timeout'] as const) {
      const limits = limit === 'step_timeout' ? { stepTimeoutMs: 300 } : { totalTimeoutMs: 300 };
      const { result } = await realRun({ turns: [afterStart(throttled)], ...limits });
      expect(result.stopReason).toBe(limit);
    }
  });

  test('the time to the first piece does not run: it begins anew with each try', async () => {
    vi.mocked(Math.random).mockReturnValue(4);
    const { events, result } = await realRun({
      turns: [afterStart(throttled), 'ok'],
      firstChunkTimeoutMs: 1_000,
    });
    expect(eventsOf(events, 'retry')).toMatchObject([{ delayMs: 1_250 }]);
    expect(result).toMatchObject({ stopReason: 'end_turn', text: 'ok' });
  });
});

test('a retry in the second step keeps the first', async () => {
  const { events, result } = await realRun({
    turns: [[{ toolUse: { name: 'a' } }], afterStart(throttled), 'Done.'],
  });
  expect(eventsOf(events, 'retry')).toMatchObject([{ step: 2, attempt: 1 }]);
  expect(result).toMatchObject({ stopReason: 'end_turn', text: 'Done.', turns: 2 });
  expect(result.messages).toHaveLength(4);
});
