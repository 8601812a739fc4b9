import { describe, expect, test } from 'vitest';
import { runToEnd } from './support/process-end';

const never = 'new Promise(() => {})';
const deaf = `{ id: 'deaf', async *stream() { yield { contentBlockDelta: { contentBlockIndex: 0, delta: { text: 'So' } } }; await ${never}; } }`;
const stalls = "new ScriptedModel({ turns: [{ content: [{ text: 'So' }], fault: 'stall' }] })";
const fails = "new ScriptedModel({ turns: [new Error('down')] })";
const answers = "new ScriptedModel({ turns: ['ok'] })";

const asks = "new ScriptedModel({ turns: [[{ toolUse: { name: 'a' } }], 'ok'] })";
const deafTool = `servers: [toolServer('s', { a: { run: () => ${never} } })]`;

/** Limits that would keep a process for an hour if one of their timers were left behind. */
const hours =
  'totalTimeoutMs: 36e5, stepTimeoutMs: 36e5, firstChunkTimeoutMs: 36e5, chunkTimeoutMs: 36e5, toolTimeoutMs: 36e5';

describe('when a run has ended, so can the process', () => {
  test.each([
    ['an answer', `{ model: ${answers} }`, 'end_turn'],
    ['a model that fails', `{ model: ${fails} }`, 'error'],
    ['a model that stalls', `{ model: ${stalls}, chunkTimeoutMs: 30 }`, 'chunk_timeout'],
    ['a model that heeds no signal', `{ model: ${deaf}, chunkTimeoutMs: 30 }`, 'chunk_timeout'],
    ['a step without end', `{ model: ${deaf}, stepTimeoutMs: 30 }`, 'step_timeout'],
    [
      'a preparation without end',
      `{ model: ${answers}, prepareStep: () => ${never}, totalTimeoutMs: 30 }`,
      'total_timeout',
    ],
    ['a tool that answers too late', `{ model: ${asks}, ${deafTool}, toolTimeoutMs: 30 }`, 'end_turn'],
    ['a tool that never answers', `{ model: ${asks}, ${deafTool}, stepTimeoutMs: 60 }`, 'step_timeout'],
    [
      'a server that never connects',
      `{ model: ${answers}, servers: [{ connect: () => ${never} }], totalTimeoutMs: 30 }`,
      'total_timeout',
    ],
  ])('%s', async (_, options, stopReason) => {
    const code = `const run = runAgent({ prompt: 'x', ${hours}, ...${options} });
      for await (const event of run) if (event.type === 'run_finished') console.log(event.stopReason);
      await run.result;`;
    expect(await runToEnd(code, 30_000)).toBe(`${stopReason}\n`);
  });

  test('and a run that is left early keeps it no longer', async () => {
    const code = `const run = runAgent({ prompt: 'x', ${hours}, model: ${deaf} });
      for await (const event of run) break;
      console.log((await run.result).stopReason);`;
    expect(await runToEnd(code, 30_000)).toBe('aborted\n');
  });

  test('while a run that has not ended keeps it', async () => {
    const code = `runAgent({ prompt: 'x', ${hours}, model: ${deaf} });`;
    await expect(runToEnd(code, 3_000)).rejects.toMatchObject({ killed: true });
  });
});
