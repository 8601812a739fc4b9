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
  readonly #drafts: Draft[] = [];
  /** The drafts whose block has not ended: a later block may have the same index. */
  readonly #open = new Map<string, Draft>();

  /** Takes the next event of the stream. Returns its visible piece. */
  accept(event: ModelEvent): VisiblePiece | undefined {
    if ('contentBlockStart' in event) this.#start(event.contentBlockStart);
    else if ('contentBlockDelta' in event) return this.#extend(event.contentBlockDelta);
    else if ('contentBlockStop' in event) this.#stop(event.contentBlockStop.contentBlockIndex);
    else if ('messageStop' in event) this.stopReason = event.messageStop.stopReason;
    return undefined;
  }

  /** The text so far. */
  get text(): string {
    return this.#ordered()
      .map((draft) => (draft.kind === 'text' ? wellFormed(draft.pieces.text) : ''))
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
      }));
      return extendBy('text', draft.pieces, delta.text);
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
      signature: '',
      redacted: [],
      ended: false,
    }));
    draft.signature += signature ?? '';
    if (redactedContent) draft.redacted.push(redactedContent);
    return extendBy('reasoning', draft.pieces, text);
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

type Draft =
  | { kind: 'text'; index: number; pieces: TextPieces }
  | { kind: 'tool'; index: number; toolUseId: string; name: string; json: TextPieces }
  | {
      kind: 'reasoning';
      index: number;
      pieces: TextPieces;
      signature: string;
      redacted: Uint8Array[];
      ended: boolean;
    };

function extendBy(type: PieceEvent['type'], of: TextPieces, text: string): VisiblePiece | undefined {
  of.add(text);
  return text === '' ? undefined : { event: { type, text }, of };
}

function keyOf(index: number, kind: Draft['kind']): string {
  return `${index}/${kind}`;
}

function finish(draft: Draft): AnswerPart[] {
  if (draft.kind === 'text')
    return isBlank(draft.pieces.text) ? [] : [{ text: wellFormed(draft.pieces.text) }];
  if (draft.kind === 'tool') {
    const { toolUseId, name, json } = draft;
    return [{ request: { toolUseId, name, input: parseJsonObject(json.text) } }];
  }
  if (!draft.ended) return [];
  if (draft.redacted.length > 0) {
    return [{ reasoningContent: { redactedContent: new Uint8Array(Buffer.concat(draft.redacted)) } }];
  }
  const { pieces, signature } = draft;
  const text = wellFormed(pieces.text);
  if (isBlank(text) && signature === '') return [];
  return [{ reasoningContent: { reasoningText: { text, ...(signature === '' ? {} : { signature }) } } }];
}
