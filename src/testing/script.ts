import type { JsonObject, ModelEvent, ModelRequest, TokenUsage } from 'movie-hub';

/** One part of a scripted answer. */
export type ScriptedContent =
  /** Text; an array is streamed piece by piece. */
  | { text: string | readonly string[] }
  | { reasoning: string; signature?: string }
  /** A tool call. A string as `input` is sent unchanged, so it may be invalid JSON. */
  | { toolUse: { name: string; input?: JsonObject[string]; toolUseId?: string } };

/** A fault after the content. */
export type ScriptedFault =
  /** The response is cut off in the middle of an event. */
  | 'cut'
  /**
   * The response is cut off between two events; without events, before the HTTP headers. Over HTTP/2 the stream is reset and the
   * connection stays open.
   */
  | 'reset'
  /** The same with a TCP reset: over HTTP/2 all streams of the connection end, and clients may see an end without an error. */
  | 'disconnect'
  /** An event with a wrong checksum. */
  | 'corrupt'
  /** The stream ends as if it were complete. */
  | 'end'
  /** Nothing more is sent until the caller cancels; without events, not even the HTTP headers. */
  | 'stall'
  /**
   * An exception in the stream, for example `throttlingException`. With `keepOpen` the stream stays open until the caller
   * cancels.
   */
  | { exception: string; message?: string; keepOpen?: boolean }
  /** An HTTP error instead of the stream: no content is sent. */
  | { status: number; type: string; message?: string };

/** A complete answer. */
export interface ScriptedAnswer {
  content?: readonly ScriptedContent[];
  /** Exactly these events, instead of `content`, `stopReason` and `usage`. */
  events?: readonly ModelEvent[];
  /** By default `tool_use` when the content calls a tool, otherwise `end_turn`. */
  stopReason?: Extract<ModelEvent, { messageStop: unknown }>['messageStop']['stopReason'];
  /** By default 10 input and 5 output tokens. */
  usage?: TokenUsage;
  /** The trace of a guardrail. */
  trace?: JsonObject;
  /** A fault instead of the final `messageStop`. */
  fault?: ScriptedFault;
}

/** What the model does when it is called: answer, fail, or decide by the request. */
export type ScriptedTurn =
  | string
  | readonly ScriptedContent[]
  | ScriptedAnswer
  | Error
  | ((request: ModelRequest) => ScriptedTurn | Promise<ScriptedTurn>);

export interface ScriptOptions {
  /** The turns of the model, one for each call. */
  turns: readonly ScriptedTurn[];
  /** Refuses requests that Bedrock would refuse; by default true. */
  validate?: boolean;
}

/** A turn resolved for a request. */
export interface PlayedTurn {
  events: readonly ModelEvent[];
  fault?: ScriptedFault | Error;
}

/** Plays turns in order and records the requests. */
export class Script {
  readonly requests: ModelRequest[] = [];
  readonly #turns: readonly ScriptedTurn[];
  readonly #rules: (request: ModelRequest) => string[];
  readonly #problems: string[] = [];
  #toolUses = 0;
  #played = 0;

  constructor({ turns, validate = true }: ScriptOptions, rules: (request: ModelRequest) => string[]) {
    this.#turns = turns;
    this.#rules = validate ? rules : () => [];
  }

  /** Plays the next turn. A request that Bedrock would refuse gets an error, and plays no turn. */
  async play(request: ModelRequest): Promise<PlayedTurn> {
    this.requests.push(structuredClone(request));
    const problems = this.#rules(request);
    if (problems.length > 0) return this.#refuse(problems.join(' '));
    const turn = this.#turns[this.#played];
    if (turn === undefined) return this.#refuse(`The script has only ${this.#turns.length} turns.`);
    this.#played += 1;
    return this.#resolve(turn, request);
  }

  /** @throws Error when turns remain, when there were too few, or when a request was refused. */
  assertComplete(): void {
    const left = this.#turns.length - this.#played;
    const all = left > 0 ? [...this.#problems, `${left} turns were not played.`] : this.#problems;
    if (all.length > 0) throw new Error(all.join('\n'));
  }

  #refuse(message: string): PlayedTurn {
    this.#problems.push(`A request was refused: ${message}`);
    return { events: [], fault: { status: 400, type: 'ValidationException', message } };
  }

  async #resolve(turn: ScriptedTurn, request: ModelRequest): Promise<PlayedTurn> {
    if (typeof turn === 'function') return this.#resolve(await turn(request), request);
    if (turn instanceof Error) return { events: [], fault: turn };
    if (typeof turn === 'string') return this.#resolve([{ text: turn }], request);
    if (isContent(turn)) return this.#resolve({ content: turn }, request);
    const events = turn.events ?? this.#events(turn);
    return turn.fault === undefined ? { events } : { events, fault: turn.fault };
  }

  #events({ content = [], stopReason, usage, trace, fault }: ScriptedAnswer): ModelEvent[] {
    const callsTool = content.some((part) => 'toolUse' in part);
    const end: ModelEvent[] = [
      { messageStop: { stopReason: stopReason ?? (callsTool ? 'tool_use' : 'end_turn') } },
      { metadata: { usage: usage ?? { inputTokens: 10, outputTokens: 5 }, ...(trace && { trace }) } },
    ];
    return [
      { messageStart: { role: 'assistant' } },
      ...content.flatMap((part, index) => this.#block(part, index)),
      ...(fault === undefined ? end : []),
    ];
  }

  #block(part: ScriptedContent, contentBlockIndex: number): ModelEvent[] {
    const delta = (
      delta: Extract<ModelEvent, { contentBlockDelta: unknown }>['contentBlockDelta']['delta'],
    ) => ({
      contentBlockDelta: { contentBlockIndex, delta },
    });
    const stop = { contentBlockStop: { contentBlockIndex } };
    if ('text' in part) return [...[part.text].flat().map((text) => delta({ text })), stop];
    if ('reasoning' in part) {
      const { reasoning: text, signature = 'scripted-signature' } = part;
      return [delta({ reasoningContent: { text } }), delta({ reasoningContent: { signature } }), stop];
    }
    this.#toolUses += 1;
    const { name, input = {}, toolUseId = `tooluse_${this.#toolUses}` } = part.toolUse;
    const json = typeof input === 'string' ? input : JSON.stringify(input);
    const pieces = json.match(/.{1,12}/gsu) ?? [];
    const start = { contentBlockStart: { contentBlockIndex, start: { toolUse: { toolUseId, name } } } };
    return [start, ...pieces.map((piece) => delta({ toolUse: { input: piece } })), stop];
  }
}

function isContent(turn: readonly ScriptedContent[] | ScriptedAnswer): turn is readonly ScriptedContent[] {
  return Array.isArray(turn);
}
