import { isMovieHubError, MovieHubError, type MovieHubErrorCode } from '../errors';
import type { AgentResult, AgentStopReason } from './events';
import { removeBlocked, sanitiseMessages } from './messages';
import type { Message, ModelStopReason, TokenUsage, ToolResult, ToolUse } from './model';
import { addUsage, noTokens } from './tokens';

/**
 * Keeps runs, so that they survive their process: each run is a list of entries that only grows.
 *
 * Entries are plain JSON, and a store need not know what is in them.
 */
export interface RunStore {
  /** Returns the entries of a run in order; none for a run that is not known. */
  load(runId: string): Promise<readonly unknown[]>;
  /**
   * Adds entries, and settles when they would survive a crash.
   *
   * @param from How many entries the run has: what a run adds never replaces what another process added.
   * @throws MovieHubError `conflict` when the run has more.
   */
  append(runId: string, from: number, entries: readonly object[]): Promise<void>;
  /** Removes a run. */
  remove(runId: string): Promise<void>;
}

/** A decision on a call: true lets it run. */
export type Decision = true | { readonly deny: string };

/** What a run notes. A step is noted before it is acted on, and a call before it is made and after. */
export type RunEntry =
  | { type: 'started'; messages: Message[] }
  | {
      type: 'step';
      message: Message;
      usage: TokenUsage;
      stopReason: ModelStopReason;
      /** Why some of the calls cannot be run, by their ids. */
      problems: Record<string, string>;
      /** True when a guardrail blocked the question. */
      isBlocked?: true;
    }
  | { type: 'awaiting'; toolUseId: string }
  | { type: 'decision'; toolUseId: string; decision: Decision }
  | { type: 'call'; toolUseId: string }
  | { type: 'result'; toolResult: ToolResult }
  | { type: 'corrected'; text: string }
  | { type: 'ended'; stopReason: AgentStopReason; result: EndedRun };

/** The result of a run as it is kept. Its output is read from the transcript: what a schema makes of it need not be JSON. */
export type EndedRun = Omit<AgentResult, 'error' | 'failedServers' | 'stopReason' | 'awaiting' | 'output'> & {
  error?: { code: MovieHubErrorCode; message: string };
};

/** Makes a store in memory: for tests, and for approvals that need not survive the process. */
export function memoryRunStore(): RunStore {
  const runs = new Map<string, string[]>();
  return {
    load: async (runId) => (runs.get(runId) ?? []).map((entry) => JSON.parse(entry) as unknown),
    append: async (runId, from, entries) => {
      const kept = runs.get(runId) ?? [];
      if (kept.length !== from) throw takenOver();
      runs.set(runId, [...kept, ...entries.map((entry) => JSON.stringify(entry))]);
    },
    remove: async (runId) => {
      runs.delete(runId);
    },
  };
}

/** What a run throws that another process has gone on with. */
export function takenOver(): MovieHubError {
  return new MovieHubError('conflict', 'Another process goes on with this run, or has it already.');
}

/** The entries of one run, written in order. What is written meanwhile goes together in the next write. */
export class Journal {
  readonly #store: RunStore | undefined;
  readonly #runId: string;
  #count = 0;
  #waiting: RunEntry[] = [];
  #writing: Promise<void> | undefined;
  #failure: MovieHubError | undefined;

  constructor(store: RunStore | undefined, runId: string) {
    this.#store = store;
    this.#runId = runId;
  }

  /** Reads the run, before anything is written. */
  async load(): Promise<readonly unknown[]> {
    const entries = (await this.#store?.load(this.#runId)) ?? [];
    this.#count = entries.length;
    return entries;
  }

  /** Keeps the result. A run that another process goes on with has ended here only. */
  async end({ stopReason, error, ...result }: Omit<AgentResult, 'failedServers'>): Promise<void> {
    const { awaiting: _, output: __, ...kept } = result;
    const words = error && { error: { code: error.code, message: error.message } };
    await this.write({ type: 'ended', stopReason, result: { ...kept, ...words } }).catch(() => undefined);
  }

  /** Whether what is written is kept. */
  get isKept(): boolean {
    return this.#store !== undefined;
  }

  /**
   * Writes an entry, and settles when it is kept.
   *
   * @throws MovieHubError once anything could not be kept: then nothing may be done any more.
   */
  async write(entry: RunEntry): Promise<void> {
    if (this.#store === undefined) return;
    if (this.#failure) throw this.#failure;
    this.#waiting.push(entry);
    // The write under way does not have this entry.
    await this.#writing?.catch(() => undefined);
    this.#writing ??= this.#flush(this.#store).finally(() => {
      this.#writing = undefined;
    });
    await this.#writing;
  }

  async #flush(store: RunStore): Promise<void> {
    const entries = this.#waiting.splice(0);
    if (this.#failure) throw this.#failure;
    if (entries.length === 0) return;
    try {
      await store.append(this.#runId, this.#count, entries);
      this.#count += entries.length;
    } catch (cause) {
      this.#failure = isMovieHubError(cause)
        ? cause
        : new MovieHubError('internal', 'The run could not be stored.', { cause });
      throw this.#failure;
    }
  }
}

/** What is kept of a call whose step is not finished. */
export interface UnfinishedCall {
  result?: ToolResult;
  /** True once it was made. Without a result nobody knows its end. */
  hasBegun?: boolean;
  /** True when it was to wait for an approval. */
  isAwaiting?: boolean;
  decision?: Decision;
}

/** The last answer of the model, where not all calls that it asks for have a result. */
export interface Unfinished {
  readonly message: Message;
  /** Why some of the calls cannot be run, by their ids. */
  readonly problems: Readonly<Record<string, string>>;
  readonly calls: ReadonlyMap<string, UnfinishedCall>;
}

/** A run as far as its entries go. */
export interface StoredRun {
  readonly messages: Message[];
  readonly turns: number;
  readonly toolCalls: number;
  readonly usage: TokenUsage;
  /** How often the answer in its form was asked for again. */
  readonly corrections: number;
  /** Why the model stopped, where its last answer asks for no tool and nothing came after it. */
  readonly stopReason?: ModelStopReason;
  readonly unfinished?: Unfinished;
  readonly ended?: { readonly stopReason: AgentStopReason; readonly result: EndedRun };
}

/**
 * Puts a run together from its entries; undefined for none.
 *
 * @param answerTool The name of the tool for an answer in a form: a call of it is no call of a tool.
 */
export function replay(entries: readonly unknown[], answerTool?: string): StoredRun | undefined {
  const [first, ...rest] = entries as readonly RunEntry[];
  if (first === undefined) return undefined;
  if (first.type !== 'started')
    throw new MovieHubError(
      'internal',
      'The store returned something that is no run: entries as they were appended, in order.',
    );
  const messages = [...first.messages];
  let [turns, toolCalls, usage, corrections] = [0, 0, noTokens, 0];
  let ended: StoredRun['ended'];
  let step: Extract<RunEntry, { type: 'step' }> | undefined;
  let calls = new Map<string, UnfinishedCall>();
  const isFinished = () => [...calls.values()].every(({ result }) => result !== undefined);
  const finish = () => {
    if (step === undefined) return;
    const results = [...calls.values()].flatMap(({ result }) => (result ? [{ toolResult: result }] : []));
    if (step.isBlocked) removeBlocked(messages);
    messages.push(step.message, { role: 'user', content: results });
    const made = usesIn(step.message).filter(({ name }) => name !== answerTool).length;
    toolCalls += made;
    // An answer that was accepted has no result.
    if (calls.size > 0 && made === 0) corrections += 1;
    step = undefined;
  };
  const note = (toolUseId: string, more: UnfinishedCall) => {
    calls.set(toolUseId, { ...calls.get(toolUseId), ...more });
  };
  for (const entry of rest) {
    if (entry.type === 'step') {
      finish();
      step = entry;
      calls = new Map(usesIn(entry.message).map(({ toolUseId }) => [toolUseId, {}]));
      turns += 1;
      usage = addUsage(usage, entry.usage);
    } else if (entry.type === 'decision') note(entry.toolUseId, { decision: entry.decision });
    else if (entry.type === 'awaiting') note(entry.toolUseId, { isAwaiting: true });
    else if (entry.type === 'call') note(entry.toolUseId, { hasBegun: true });
    else if (entry.type === 'result') note(entry.toolResult.toolUseId, { result: entry.toolResult });
    else if (entry.type === 'corrected') {
      finish();
      corrections += 1;
      messages.push({ role: 'user', content: [{ text: entry.text }] });
    } else if (entry.type === 'ended') ended = entry;
  }
  const stopReason = calls.size === 0 ? step?.stopReason : undefined;
  if (isFinished()) finish();
  // Bytes of reasoning were stored as JSON.
  const [, message] = step
    ? sanitiseMessages([{ role: 'user', content: [{ text: '.' }] }, step.message])
    : [];
  return {
    messages: sanitiseMessages(messages),
    turns,
    toolCalls,
    usage,
    corrections,
    ...(stopReason !== undefined && { stopReason }),
    ...(step && message && { unfinished: { message, problems: step.problems, calls } }),
    ...(ended && { ended }),
  };
}

function usesIn({ content }: Message): ToolUse[] {
  return content.flatMap((block) => ('toolUse' in block ? [block.toolUse] : []));
}

/** Keeps decisions on calls that have none yet, before anything is done: what was decided once counts. */
export async function decide(
  run: StoredRun,
  decisions: Readonly<Record<string, Decision>>,
  journal: Journal,
): Promise<void> {
  for (const [toolUseId, call] of run.unfinished?.calls ?? []) {
    const decision = Object.hasOwn(decisions, toolUseId) ? decisions[toolUseId] : undefined;
    if (decision === undefined || call.result || call.hasBegun || call.decision) continue;
    call.decision = decision;
    await journal.write({ type: 'decision', toolUseId, decision });
  }
}
