import type { ModelEvent } from 'movie-hub';
import type { ScriptedTurn } from 'movie-hub/testing';
import { describe, expect, test } from 'vitest';
import type { ScriptedFault } from '../../src/testing/script';
import { messageOf } from '../support/messages';
import { goOn, httpVersions, realRun } from './support/real-client';
import { eventsOf } from './support/run';
import { toolServer } from './support/tool-server';

const text = (piece: string, contentBlockIndex = 0): ModelEvent => ({
  contentBlockDelta: { contentBlockIndex, delta: { text: piece } },
});
const stop = (contentBlockIndex: number): ModelEvent => ({ contentBlockStop: { contentBlockIndex } });
const start: ModelEvent = { messageStart: { role: 'assistant' } };
const begun: ModelEvent[] = [start, text('Half '), text('an answer'), stop(0)];
const tool: ModelEvent[] = [
  { contentBlockStart: { contentBlockIndex: 1, start: { toolUse: { toolUseId: 't1', name: 'a' } } } },
  { contentBlockDelta: { contentBlockIndex: 1, delta: { toolUse: { input: '{"title":"Ali' } } } },
];

/** How far an answer came when something went wrong, and the text that is kept of it. */
const places: Record<string, { events: ModelEvent[]; kept: string }> = {
  'at the first event': { events: [start], kept: '' },
  'in the text': { events: [start, text('Half an answer')], kept: 'Half an answer' },
  'in the reasoning': {
    events: [
      start,
      { contentBlockDelta: { contentBlockIndex: 0, delta: { reasoningContent: { text: 'Hm' } } } },
    ],
    kept: '',
  },
  'in the JSON of a tool': { events: [...begun, ...tool], kept: 'Half an answer' },
  'after a tool was asked for in full': {
    events: [
      ...begun,
      ...tool,
      { contentBlockDelta: { contentBlockIndex: 1, delta: { toolUse: { input: 'en"}' } } } },
      stop(1),
    ],
    kept: 'Half an answer',
  },
};

const faults: Record<string, ScriptedFault> = {
  'cut in an event': 'cut',
  'cut between events': 'reset',
  'a connection that is reset': 'disconnect',
  'a wrong checksum': 'corrupt',
  'an end without messageStop': 'end',
  throttling: { exception: 'throttlingException' },
  'a model stream error': { exception: 'modelStreamErrorException' },
  'an internal error': { exception: 'internalServerException' },
  unavailability: { exception: 'serviceUnavailableException' },
  'a validation error': { exception: 'validationException' },
  'a model timeout': { exception: 'modelTimeoutException' },
  'an unheard of exception': { exception: 'someDayException', message: 'what is this' },
};

/** What is counted of an answer that did not come, and of one that came in part. */
const unused = { turns: 0, usage: { inputTokens: 0, outputTokens: 0 } };
const estimated = {
  turns: 1,
  usage: { inputTokens: expect.any(Number), outputTokens: expect.any(Number), estimated: true },
};

const cases = Object.entries(places).flatMap(([place, { events, kept }]) =>
  Object.entries(faults).map(([fault, kind]) => ({
    place,
    fault,
    turn: { events, fault: kind },
    kept,
    used: place === 'at the first event' ? unused : estimated,
  })),
);
const serverA = () => toolServer('s', { a: { run: () => 'A' } });
const settings = { maxStreamRetries: 0 };

describe.each(httpVersions)('over %s', (http) => {
  test.each(cases)('$fault $place ends the run, honestly', async ({ turn, kept, used }) => {
    const turns: ScriptedTurn[] = [turn, 'Gladly.'];
    const { events, result, ...real } = await realRun({ http, turns, servers: [serverA()], ...settings });
    expect(result).toMatchObject({ stopReason: 'error', text: kept, toolCalls: 0, ...used });
    expect(result.error).toMatchObject({ code: 'model_failed' });
    expect(eventsOf(events, 'tool_call')).toEqual([]);
    expect(result.messages.slice(1)).toMatchObject(
      kept === '' ? [] : [{ role: 'assistant', content: [{ text: kept }] }],
    );
    const next = await goOn(real, result.messages);
    expect(next.result).toMatchObject({ stopReason: 'end_turn', text: 'Gladly.' });
    real.bedrock.assertComplete();
  });

  test.each(Object.entries(places))('silence %s ends the run by its limit', async (_, { events, kept }) => {
    const turns: ScriptedTurn[] = [{ events, fault: 'stall' }, 'Gladly.'];
    const { result, ...real } = await realRun({ http, turns, servers: [serverA()], chunkTimeoutMs: 400 });
    expect(result).toMatchObject({ stopReason: 'chunk_timeout', text: kept });
    expect(result).not.toHaveProperty('error');
    const next = await goOn(real, result.messages);
    expect(next.result).toMatchObject({ stopReason: 'end_turn', text: 'Gladly.' });
    expect(real.bedrock.requests[0]?.cancelled).toBe(true);
  });

  test('silence before the headers ends the run by its limit', async () => {
    const turns: ScriptedTurn[] = [{ events: [], fault: 'stall' }, 'Gladly.'];
    const { result, ...real } = await realRun({ http, turns, firstChunkTimeoutMs: 400 });
    expect(result).toMatchObject({ stopReason: 'first_chunk_timeout', text: '' });
    expect((await goOn(real, result.messages)).result.text).toBe('Gladly.');
  });

  test.each<[string, ScriptedFault]>([
    ['an answer that breaks off before the headers', 'reset'],
    ['a connection that breaks before the headers', 'disconnect'],
    ['a body with nothing in it', 'end'],
    ['nothing but half an event', 'cut'],
    ['nothing but a wrong checksum', 'corrupt'],
  ])('%s is an error', async (_, fault) => {
    const turns: ScriptedTurn[] = [{ events: [], fault }, 'Gladly.'];
    const { result, ...real } = await realRun({ http, turns, ...settings });
    expect(result).toMatchObject({ stopReason: 'error', text: '', error: { code: 'model_failed' } });
    expect(result.messages).toHaveLength(1);
    expect((await goOn(real, result.messages)).result.text).toBe('Gladly.');
    real.bedrock.assertComplete();
  });

  test.each([
    [400, 'ValidationException'],
    [403, 'AccessDeniedException'],
    [404, 'ResourceNotFoundException'],
    [408, 'ModelTimeoutException'],
    [424, 'ModelErrorException'],
    [429, 'ThrottlingException'],
    [429, 'ModelNotReadyException'],
    [500, 'InternalServerException'],
    [503, 'ServiceUnavailableException'],
    [502, 'BadGateway'],
  ])(
    'HTTP %i %s, at first and after a tool, is an error after what was said so far',
    async (status, type) => {
      const failure: ScriptedTurn = { fault: { status, type, message: 'secret detail' } };
      const call: ScriptedTurn = [{ text: 'Looking.' }, { toolUse: { name: 'a' } }];
      for (const before of [[], [call]]) {
        const turns = [...before, failure, 'Gladly.'];
        const { result, ...real } = await realRun({ http, turns, servers: [serverA()], ...settings });
        expect(result).toMatchObject({ stopReason: 'error', text: '', turns: before.length });
        expect(result.error?.message).toBe(messageOf.model_failed);
        expect(result.error?.cause).toMatchObject({ $metadata: { httpStatusCode: status, attempts: 1 } });
        expect(result.messages).toHaveLength(1 + 2 * before.length);
        expect((await goOn(real, result.messages)).result.text).toBe('Gladly.');
        real.bedrock.assertComplete();
      }
    },
  );
});
