import { type PieceEvent, TextPieces } from './events';
import { isBlank } from './messages';
import type { ContentBlock, JsonObject, ModelEvent, ModelStopReason, ToolUse } from './model';
import { parseJsonObject, wellFormed } from './wire';

/** A tool that the model asks for, with its name and id as the model wrote them. */
export interface RequestedTool {
  toolUseId: string;
  name: string;
  /** Undefined when the model's arguments are not a JSON object. */
  input: JsonObject | undefined;
}

/** One part of an answer, in order. */
export type AnswerPart = Exclude<ContentBlock, { toolUse: ToolUse }> | { request: RequestedTool };

/** The visible piece of an event, and the text that it was added to. */
export interface VisiblePiece {
  readonly event: PieceEvent;
  readonly of: TextPieces;
}

/**
 * Puts a model's answer together from its stream.
 *
 * Blocks may come interleaved: until they end, their index identifies them. The arguments of a tool are parsed at the end only,
 * because a block also ends when the answer is cut off inside it.
 */
export class AnswerReader {
  /** Undefined until the end: an answer without it is incomplete. */
  stopReason: ModelStopReason | undefined;
  /** The trace of a guardrail, where it was asked for. */
  trace: JsonObject | undefined;
  readonly #drafts: Draft[] = [];
  /** The drafts whose block has not ended: a later block may have the same index. */
  readonly #open = new Map<string, Draft>();

  /** Takes the next event of the stream. Returns its visible piece. */
  accept(event: ModelEvent): VisiblePiece | undefined {
    if ('contentBlockStart' in event) this.#start(event.contentBlockStart);
    else if ('contentBlockDelta' in event) return this.#extend(event.contentBlockDelta);
    else if ('contentBlockStop' in event) this.#stop(event.contentBlockStop.contentBlockIndex);
    else if ('messageStop' in event) this.stopReason = event.messageStop.stopReason;
    else if ('metadata' in event) this.trace = event.metadata.trace;
    return undefined;
  }

  /** The text so far. */
  get text(): string {
    return this.#ordered()
      .map((draft) => (draft.kind === 'text' ? textIn(draft) : ''))
      .join('');
  }

  /** The answer so far. Incomplete reasoning is left out: it lacks its signature. */
  parts(): AnswerPart[] {
    return this.#ordered().flatMap(finish);
  }

  #ordered(): Draft[] {
    return [...this.#drafts].sort((a, b) => a.index - b.index);
  }

  #start({
    contentBlockIndex,
    start,
  }: Extract<ModelEvent, { contentBlockStart: unknown }>['contentBlockStart']) {
    if (!start.toolUse) return;
    const { toolUseId, name } = start.toolUse;
    this.#draft(contentBlockIndex, 'tool', (index) => ({
      kind: 'tool',
      index,
      toolUseId,
      name,
      json: new TextPieces(),
    }));
  }

  #extend({
    contentBlockIndex,
    delta,
  }: Extract<ModelEvent, { contentBlockDelta: unknown }>['contentBlockDelta']) {
    if ('text' in delta) {
      const draft = this.#draft(contentBlockIndex, 'text', (index) => ({
        kind: 'text',
        index,
        pieces: new TextPieces(),
        half: '',
      }));
      return extendBy('text', draft, delta.text);
    }
    if ('toolUse' in delta) {
      // Without a start there is neither name nor id.
      const draft = this.#open.get(keyOf(contentBlockIndex, 'tool'));
      if (draft?.kind === 'tool') draft.json.add(delta.toolUse.input);
      return undefined;
    }
    const { text = '', signature, redactedContent } = delta.reasoningContent;
    const draft = this.#draft(contentBlockIndex, 'reasoning', (index) => ({
      kind: 'reasoning',
      index,
      pieces: new TextPieces(),
      half: '',
      signature: '',
      redacted: [],
      ended: false,
    }));
    draft.signature += signature ?? '';
    if (redactedContent) draft.redacted.push(redactedContent);
    return extendBy('reasoning', draft, text);
  }

  #stop(index: number) {
    const draft = this.#open.get(keyOf(index, 'reasoning'));
    if (draft?.kind === 'reasoning') draft.ended = true;
    for (const kind of ['text', 'tool', 'reasoning'] as const) this.#open.delete(keyOf(index, kind));
  }

  #draft<K extends Draft['kind']>(index: number, kind: K, create: (index: number) => Draft & { kind: K }) {
    const key = keyOf(index, kind);
    const found = this.#open.get(key) as (Draft & { kind: K }) | undefined;
    if (found) return found;
    const draft = create(index);
    this.#drafts.push(draft);
    this.#open.set(key, draft);
    return draft;
  }
}

/** A text that grows. `half` is the first half of a surrogate pair at its end, which is passed on together with the second. */
interface GrowingText {
  readonly pieces: TextPieces;
  half: string;
}

type Draft =
  | ({ kind: 'text'; index: number } & GrowingText)
  | { kind: 'tool'; index: number; toolUseId: string; name: string; json: TextPieces }
  | ({
      kind: 'reasoning';
      index: number;
      signature: string;
      redacted: Uint8Array[];
      ended: boolean;
    } & GrowingText);

function extendBy(type: PieceEvent['type'], draft: GrowingText, piece: string): VisiblePiece | undefined {
  const { half, pieces: of } = draft;
  const length = /[\uD800-\uDBFF]$/.test(piece) ? piece.length - 1 : piece.length;
  // An empty piece ends no pair.
  if (piece === '') return undefined;
  draft.half = piece.slice(length);
  const text = wellFormed(half + piece.slice(0, length));
  of.add(text);
  return text === '' ? undefined : { event: { type, text }, of };
}

function textIn({ pieces, half }: GrowingText): string {
  return wellFormed(pieces.text + half);
}

function keyOf(index: number, kind: Draft['kind']): string {
  return `${index}/${kind}`;
}

function finish(draft: Draft): AnswerPart[] {
  if (draft.kind === 'text') return isBlank(textIn(draft)) ? [] : [{ text: textIn(draft) }];
  if (draft.kind === 'tool') {
    const { toolUseId, name, json } = draft;
    return [{ request: { toolUseId, name, input: parseJsonObject(json.text) } }];
  }
  if (!draft.ended) return [];
  if (draft.redacted.length > 0) {
    return [{ reasoningContent: { redactedContent: new Uint8Array(Buffer.concat(draft.redacted)) } }];
  }
  const { signature } = draft;
  const text = textIn(draft);
  if (isBlank(text) && signature === '') return [];
  return [{ reasoningContent: { reasoningText: { text, ...(signature === '' ? {} : { signature }) } } }];
}
