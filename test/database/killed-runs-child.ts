// A process of its own: begins runs, or resumes those that another such process left, and notes what its tools did. It is killed at any time.
import { appendFileSync, readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import {
  createPool,
  createRunStore,
  type Model,
  type ModelRequest,
  type RunStore,
  resumeRun,
  runAgent,
} from 'movie-hub';
import { ScriptedModel } from 'movie-hub/testing';
import { toolServer } from '../agent/support/tool-server';

const [url = '', ledger = '', ...runIds] = process.argv.slice(2);
const note = (...words: string[]) => appendFileSync(ledger, `${words.join(' ')}\n`);
const noted = new Set(readFileSync(ledger, 'utf8').split('\n'));

const pool = createPool({ connectionString: url, max: 4 });
const kept = createRunStore(pool);
/** Notes when a decision is kept: from then on nobody gives it again. */
const store: RunStore = {
  ...kept,
  async append(runId, from, entries) {
    await kept.append(runId, from, entries);
    for (const entry of entries as Array<{ type: string }>)
      if (entry.type === 'decision') note('decided', runId);
  },
};

const model: Model = {
  id: 'by-transcript',
  async *stream(request: ModelRequest, signal: AbortSignal) {
    const step = request.messages.filter(({ role }) => role === 'assistant').length;
    const call = (name: string) => ({ toolUse: { name, toolUseId: `${name}_${step}` } });
    const turn = [[call('pay'), call('read')], [call('post'), call('put')], [{ text: 'Done.' }]][step] ?? [];
    await wait(Math.random() * 20);
    yield* new ScriptedModel({ turns: [turn] }).stream(request, signal);
  },
};

const serverFor = (runId: string) => {
  const tool = (name: string, annotations = {}) => ({
    annotations,
    run: async () => {
      note(name, runId);
      await wait(Math.random() * 30);
      return 'done';
    },
  });
  return toolServer('s', {
    pay: tool('pay'),
    post: tool('post'),
    read: tool('read', { readOnlyHint: true }),
    put: tool('put', { idempotentHint: true }),
  });
};

/** Every third is denied. */
const decisionOf = (runId: string) => (Number(runId) % 3 === 0 ? { deny: 'no' } : (true as const));

async function goOn(runId: string): Promise<void> {
  const settings = () => ({
    model,
    servers: [serverFor(runId)],
    approveTool: ({ name }: { name: string }) => name !== 'post' || ('later' as const),
  });
  note('begun', runId);
  const isKnown = (await store.load(runId)).length > 0;
  let { result } = isKnown
    ? resumeRun(store, runId, settings())
    : runAgent({ ...settings(), prompt: 'Pay.', store, runId });
  if ((await result).stopReason === 'awaiting_approval') {
    const isDecided = noted.has(`decided ${runId}`);
    const decisions = isDecided ? {} : { post_1: decisionOf(runId) };
    ({ result } = resumeRun(store, runId, { ...settings(), decisions }));
  }
  const { stopReason, messages } = await result;
  const unknown = JSON.stringify(messages).split('is not known').length - 1;
  note('settled', runId, stopReason, String(unknown));
}

const left = runIds[Symbol.iterator]();
await Promise.all(
  Array.from({ length: 25 }, async () => {
    for (const runId of left) await goOn(runId);
  }),
);
await pool.end();
