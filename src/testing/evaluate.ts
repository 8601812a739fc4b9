import {
  type AgentResult,
  type AgentServer,
  type JsonObject,
  type Message,
  type Model,
  MovieHubError,
  type RunAgentOptions,
  runAgent,
} from 'movie-hub';

type JsonValue = JsonObject[string];
/** A call that a model asks for. */
type ToolCallRequest = Parameters<NonNullable<RunAgentOptions['approveTool']>>[0];

/** A text that must be in the answer, a pattern, or a function that returns true. */
type TextCheck = string | RegExp | ((answer: string) => boolean);

/** JSON that is part of the given one: objects may have more members, and a pattern stands for a text. */
type PartOfJson = JsonValue | RegExp | readonly PartOfJson[] | { readonly [name: string]: PartOfJson };

/** A call of a tool. What is left out may be anything. */
interface CallCheck {
  /** The server's own name of the tool. */
  tool: string;
  server?: string;
  arguments?: { readonly [name: string]: PartOfJson } | ((given: JsonObject) => boolean);
}

/** A question to an agent, and what its run must do. */
export interface EvaluationCase {
  /** Unique among the cases. */
  name: string;
  /** The question, or `messages` that end with it. */
  prompt?: string;
  messages?: readonly Message[];
  expect: {
    /** Each of these is called, in any order. Others may be called too. */
    calls?: readonly CallCheck[];
    /** None of these is called; true for no tool at all. */
    noCalls?: true | readonly CallCheck[];
    answer?: TextCheck | readonly TextCheck[];
    notInAnswer?: TextCheck | readonly TextCheck[];
    maxTurns?: number;
    /** Read and written together, also from and into a cache. */
    maxTokens?: number;
    /** `end_turn` unless given. */
    stopReason?: AgentResult['stopReason'];
  };
}

/** What `evaluate` takes: the options of `runAgent` for each run, but for its question and its store, and those below. */
export interface EvaluationOptions<C extends EvaluationCase>
  extends Omit<
    RunAgentOptions,
    'client' | 'modelId' | 'prompt' | 'messages' | 'servers' | 'store' | 'runId'
  > {
  model: Model;
  cases: readonly C[];
  /** For all cases, or a function that makes those of one. A server in this process serves one case at a time. */
  servers?: readonly AgentServer[] | ((one: C) => readonly AgentServer[] | Promise<readonly AgentServer[]>);
  /** Cases that run at once: 1 unless given. */
  concurrency?: number;
}

/** The outcome of each case, in their order. */
export interface Evaluation {
  readonly cases: ReadonlyArray<{
    readonly name: string;
    readonly passed: boolean;
    /** Why it did not pass. */
    readonly reasons: readonly string[];
    readonly calls: readonly ToolCallRequest[];
    /** Undefined when the run could not start. */
    readonly result: AgentResult | undefined;
  }>;
  /** Whether all cases passed. */
  readonly passed: boolean;
  /** For a script: 0 when all cases passed, otherwise 1. */
  readonly exitCode: 0 | 1;
}

/**
 * Asks an agent each question, and checks which tools it called and what it answered. A case fails also when one of its servers does.
 *
 * @throws MovieHubError `invalid_argument` for wrong cases, before anything runs. Never rejects for a case that fails.
 */
export async function evaluate<C extends EvaluationCase>(options: EvaluationOptions<C>): Promise<Evaluation> {
  const { cases, concurrency = 1 } = options;
  checkCases(cases, concurrency);
  const outcomes: Array<Evaluation['cases'][number]> = [];
  const waiting = cases.entries();
  const work = async () => {
    for (const [index, one] of waiting) outcomes[index] = await runCase(one, options);
  };
  await Promise.all(Array.from({ length: concurrency }, work));
  const passed = outcomes.every((outcome) => outcome.passed);
  return { cases: outcomes, passed, exitCode: passed ? 0 : 1 };
}

const expectations = ['calls', 'noCalls', 'answer', 'notInAnswer', 'maxTurns', 'maxTokens', 'stopReason'];

function checkCases(cases: readonly EvaluationCase[], concurrency: number): void {
  const invalid = (message: string) => new MovieHubError('invalid_argument', message);
  if (!Number.isSafeInteger(concurrency) || concurrency < 1)
    throw invalid('concurrency must be a whole number above 0.');
  if (cases.length === 0) throw invalid('There are no cases.');
  const names = new Set<string>();
  for (const { name, prompt, messages, expect } of cases) {
    if (names.has(name)) throw invalid(`Two cases are named ${name}.`);
    names.add(name);
    if ((prompt === undefined) === (messages === undefined))
      throw invalid(`The case ${name} needs either a prompt or messages.`);
    // A misspelt expectation would always be met.
    const unknown = Object.keys(expect).find((key) => !expectations.includes(key));
    if (unknown !== undefined) throw invalid(`The case ${name} expects ${unknown}, which is not known.`);
  }
}

async function runCase<C extends EvaluationCase>(
  one: C,
  { cases: _, concurrency: __, servers, ...settings }: EvaluationOptions<C>,
): Promise<Evaluation['cases'][number]> {
  const { name, prompt, messages = [], expect } = one;
  const calls: ToolCallRequest[] = [];
  let result: AgentResult | undefined;
  let reasons: string[];
  try {
    const made = typeof servers === 'function' ? await servers(one) : servers;
    const question = prompt === undefined ? { messages } : { prompt };
    const run = runAgent({ ...settings, ...question, ...(made && { servers: made }) });
    for await (const event of run) {
      if (event.type !== 'tool_call') continue;
      const { type: _, ...call } = event;
      calls.push(call);
    }
    result = await run.result;
    reasons = [
      ...reasonsOfRun(result, expect),
      ...reasonsOfCalls(calls, expect),
      ...reasonsOfAnswer(result.text, expect),
    ];
  } catch (cause) {
    reasons = [`It could not be evaluated: ${causesOf(cause)}`];
  }
  return { name, passed: reasons.length === 0, reasons, calls, result };
}

function reasonsOfRun(result: AgentResult, expect: EvaluationCase['expect']): string[] {
  const { stopReason: expected = 'end_turn', maxTurns = Infinity, maxTokens = Infinity } = expect;
  const { stopReason, turns, error, failedServers } = result;
  const reasons = failedServers.map(({ server, cause }) => `The server ${server} failed: ${causesOf(cause)}`);
  const why = error ? `: ${causesOf(error)}` : '.';
  if (stopReason !== expected) reasons.push(`The run ended with ${stopReason}, not with ${expected}${why}`);
  if (turns > maxTurns) reasons.push(`It took ${turns} turns, at most ${maxTurns} are allowed.`);
  const tokens = tokensOf(result);
  if (tokens > maxTokens) reasons.push(`It took ${tokens} tokens, at most ${maxTokens} are allowed.`);
  return reasons;
}

function reasonsOfCalls(calls: readonly ToolCallRequest[], expect: EvaluationCase['expect']): string[] {
  const all = calls.map(({ name, arguments: given }) => `${name} ${inWords(given)}`).join(', ') || 'none';
  const missing = (expect.calls ?? []).filter((check) => !calls.some((call) => fits(call, check)));
  const { noCalls = [] } = expect;
  const wrong = noCalls === true ? calls : calls.filter((call) => noCalls.some((check) => fits(call, check)));
  return [
    ...missing.map(
      (check) => `${check.tool} was not called with ${inWords(check.arguments ?? {})}. Called: ${all}.`,
    ),
    ...wrong.map((call) => `${call.name} was called with ${inWords(call.arguments)}.`),
  ];
}

function reasonsOfAnswer(
  text: string,
  { answer = [], notInAnswer = [] }: EvaluationCase['expect'],
): string[] {
  const missing = [answer].flat().filter((check) => !passes(check, text));
  const wrong = [notInAnswer].flat().filter((check) => passes(check, text));
  const shown = inWords(text.length <= maxShown ? text : `${text.slice(0, maxShown)}…`);
  return [
    ...missing.map((check) => `The answer lacks ${inWords(check)}: ${shown}`),
    ...wrong.map((check) => `The answer has ${inWords(check)}: ${shown}`),
  ];
}

/** Characters of an answer in a reason. */
const maxShown = 300;

function fits(call: ToolCallRequest, { tool, server, arguments: expected = {} }: CallCheck): boolean {
  if (call.name !== tool || (server !== undefined && call.server !== server)) return false;
  return typeof expected === 'function'
    ? expected(call.arguments) === true
    : isPartOf(expected, call.arguments);
}

function isPartOf(expected: PartOfJson | undefined, given: JsonValue | undefined): boolean {
  if (expected instanceof RegExp) return typeof given === 'string' && given.search(expected) >= 0;
  if (typeof expected !== 'object' || expected === null) return expected === given;
  if (typeof given !== 'object' || given === null || Array.isArray(expected) !== Array.isArray(given))
    return false;
  if (Array.isArray(expected) && Array.isArray(given) && expected.length !== given.length) return false;
  const members = new Map<string, JsonValue>(Object.entries(given));
  return Object.entries(expected).every(([name, value]) => isPartOf(value, members.get(name)));
}

/** Searches, because `test` would go on where the last search of the same pattern ended. */
function passes(check: TextCheck, answer: string): boolean {
  if (typeof check === 'string') return answer.includes(check);
  return check instanceof RegExp ? answer.search(check) >= 0 : check(answer) === true;
}

function inWords(value: unknown): string {
  if (typeof value === 'function') return `what ${value.name || 'its function'} looks for`;
  if (value instanceof RegExp) return String(value);
  return JSON.stringify(value, (_, item) => (item instanceof RegExp ? String(item) : item));
}

/** The messages of an error and of its causes. */
function causesOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  return cause.cause === undefined ? cause.message : `${cause.message} ${causesOf(cause.cause)}`;
}

function tokensOf({ usage }: AgentResult): number {
  const { inputTokens, outputTokens, cacheReadInputTokens = 0, cacheWriteInputTokens = 0 } = usage;
  return inputTokens + outputTokens + cacheReadInputTokens + cacheWriteInputTokens;
}

/** Characters of a line of `formatEvaluation`, at most. */
const maxWidth = 100;
const indent = '        ';

/** Formats an evaluation as a table for a terminal, 100 columns wide at most, with the reasons below each case that failed. */
export function formatEvaluation({ cases }: Evaluation): string {
  const hasCost = cases.some(({ result }) => result?.cost !== undefined);
  const sums = [0, 0, 0, 0];
  const lines = cases.flatMap(({ name, passed, reasons, calls, result }) => {
    const row = [result?.turns ?? 0, calls.length, result ? tokensOf(result) : 0, result?.cost ?? 0];
    for (const [index, value] of row.entries()) sums[index] = (sums[index] ?? 0) + value;
    return [toRow(passed ? 'ok' : 'FAILED', name, row, hasCost), ...reasons.flatMap(toLines)];
  });
  const failed = cases.filter(({ passed }) => !passed).length;
  const sum = failed === 0 ? `All ${cases.length} passed` : `${failed} of ${cases.length} failed`;
  const head = toRow('', 'Case', ['Turns', 'Calls', 'Tokens', 'Cost'], hasCost);
  return `${[head, ...lines, toRow('', sum, sums, hasCost)].join('\n')}\n`;
}

const widths = [7, 7, 12, 12];

function toRow(mark: string, name: string, values: ReadonlyArray<number | string>, hasCost: boolean): string {
  const cells = values.slice(0, hasCost ? 4 : 3).map((value, index) => {
    const digits = index === 3 ? 4 : 0;
    const format = { minimumFractionDigits: digits, maximumFractionDigits: digits };
    return (typeof value === 'number' ? value.toLocaleString('en', format) : value).padStart(
      widths[index] ?? 0,
    );
  });
  const room = maxWidth - indent.length - 7 - 7 - 12 - 12;
  const [short = ''] = cut(printable(name), room);
  return `${mark.padEnd(indent.length)}${short}${' '.repeat(room - widthOf(short))}${cells.join('')}`.trimEnd();
}

function toLines(reason: string): string[] {
  const room = maxWidth - indent.length;
  return reason
    .split('\n')
    .flatMap((line) => cut(printable(line), room))
    .map((line) => indent + line);
}

/** Cuts a text into lines of a width, at spaces where there are any. */
function cut(text: string, room: number): string[] {
  const lines = [''];
  for (const word of text
    .match(/\s*[^\s]+/g)
    ?.flatMap((each) => (widthOf(each) > room ? [...each] : [each])) ?? []) {
    const last = lines.at(-1) ?? '';
    if (widthOf(last + word) <= room) lines.splice(-1, 1, last + word);
    else lines.push(word.trimStart());
  }
  return lines;
}

/** Replaces what could steer the terminal: answers of a model may hold anything. */
function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, ' ');
}

/** Columns in a terminal: characters of East Asian scripts and emoji take two. */
function widthOf(text: string): number {
  const wide = text.match(
    /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/gu,
  );
  return [...text].length + (wide?.length ?? 0);
}
