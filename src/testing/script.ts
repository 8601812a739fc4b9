import type { JsonObject, ModelEvent, ModelRequest, TokenUsage } from 'movie-hub';

/** One part of a scripted answer. */
export type ScriptedContent =
  /** Text; a list is streamed piece by piece. */
  | { text: string | readonly string[] }
  | { reasoning: string; signature?: string }
  /** A request for a tool. An `input` that is a string is sent as it is, so it may be broken JSON. */
  | { toolUse: { name: string; input?: JsonObject[string]; toolUseId?: string } };

/** What goes wrong after the content was sent. */
export type ScriptedFault =
  /** The answer breaks off in the middle of an event. */
  | 'cut'
  /**
   * The answer breaks off between two events; where there are no events, before the headers of HTTP. Over HTTP/2 its stream is
   * reset, and the connection stays.
   */
  | 'reset'
  /** The same, by a reset of TCP: over HTTP/2 the connection breaks with all that is on it, and clients may see an end without an error. */
  | 'disconnect'
  /** An event comes whose bytes do not match its checksum. */
  | 'corrupt'
  /** The stream ends as if all were well. */
  | 'end'
  /** Nothing more comes until the caller gives up; where there are no events, not even the headers of HTTP. */
  | 'stall'
  /**
   * An exception in the stream, for example `throttlingException`. With `keepOpen` the stream is not ended after it: it stays
   * open until the caller gives it up.
   */
  | { exception: string; message?: string; keepOpen?: boolean }
  /** An HTTP error in place of the stream: nothing of the content is sent. */
  | { status: number; type: string; message?: string };

/** An answer in full. */
export interface ScriptedAnswer {
  content?: readonly ScriptedContent[];
  /** In place of `content`, `stopReason` and `usage`: exactly these events. */
  events?: readonly ModelEvent[];
  /** `tool_use` when the content asks for a tool, otherwise `end_turn`, unless given. */
  stopReason?: Extract<ModelEvent, { messageStop: unknown }>['messageStop']['stopReason'];
  /** 10 tokens in and 5 out unless given. */
  usage?: TokenUsage;
  /** The trace of a guardrail. */
  trace?: JsonObject;
  /** In place of the `messageStop` that would end the content. */
  fault?: ScriptedFault;
}

/** What the model does when it is called: say something, fail, or decide by the request. */
export type ScriptedTurn =
  | string
  | readonly ScriptedContent[]
  | ScriptedAnswer
  | Error
  | ((request: ModelRequest) => ScriptedTurn | Promise<ScriptedTurn>);

export interface ScriptOptions {
  /** What the model does at its first call, its second, and so on. */
  turns: readonly ScriptedTurn[];
  /** Whether requests that Bedrock would refuse are refused, which is so unless this is false. */
  validate?: boolean;
}

/** A turn, worked out for one request. */
export interface PlayedTurn {
  events: readonly ModelEvent[];
  fault?: ScriptedFault | Error;
}

/** Plays turns in order and keeps what was asked. */
export class Script {
  readonly requests: ModelRequest[] = [];
  readonly #turns: readonly ScriptedTurn[];
  readonly #rules: (request: ModelRequest) => string[];
  readonly #complaints: string[] = [];
  #toolUses = 0;
  #played = 0;

  constructor({ turns, validate = true }: ScriptOptions, rules: (request: ModelRequest) => string[]) {
    this.#turns = turns;
    this.#rules = validate ? rules : () => [];
  }

  /** Plays the next turn for `request`. A request that Bedrock would refuse gets its refusal, and takes no turn. */
  async play(request: ModelRequest): Promise<PlayedTurn> {
    this.requests.push(structuredClone(request));
    const problems = this.#rules(request);
    if (problems.length > 0) return this.#refuse(problems.join(' '));
    const turn = this.#turns[this.#played];
    if (turn === undefined) return this.#refuse(`The script has only ${this.#turns.length} turns.`);
    this.#played += 1;
    return this.#work(turn, request);
  }

  /** @throws Error when turns are left, when there were too few, or when a request was refused. */
  assertComplete(): void {
    const left = this.#turns.length - this.#played;
    const complaints = left > 0 ? [...this.#complaints, `${left} turns were not played.`] : this.#complaints;
    if (complaints.length > 0) throw new Error(complaints.join('\n'));
  }

  #refuse(message: string): PlayedTurn {
    this.#complaints.push(`A request was refused: ${message}`);
    return { events: [], fault: { status: 400, type: 'ValidationException', message } };
  }

  async #work(turn: ScriptedTurn, request: ModelRequest): Promise<PlayedTurn> {
    if (typeof turn === 'function') return this.#work(await turn(request), request);
    if (turn instanceof Error) return { events: [], fault: turn };
    if (typeof turn === 'string') return this.#work([{ text: turn }], request);
    if (isContent(turn)) return this.#work({ content: turn }, request);
    const events = turn.events ?? this.#events(turn);
    return turn.fault === undefined ? { events } : { events, fault: turn.fault };
  }

  #events({ content = [], stopReason, usage, trace, fault }: ScriptedAnswer): ModelEvent[] {
    const asksForTool = content.some((part) => 'toolUse' in part);
    const end: ModelEvent[] = [
      { messageStop: { stopReason: stopReason ?? (asksForTool ? 'tool_use' : 'end_turn') } },
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
