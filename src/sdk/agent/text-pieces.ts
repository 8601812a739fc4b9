/** Pieces that are kept apart until they are joined. */
const mostPieces = 256;

/**
 * A text that grows by pieces, and takes hardly more memory than its characters.
 *
 * `+=` would keep every piece, and a link to it, for as long as the text lives.
 */
export class TextPieces {
  readonly #chunks: string[] = [];
  #pieces: string[] = [];
  #length = 0;

  /** Characters (UTF-16 units) so far. */
  get length(): number {
    return this.#length;
  }

  add(piece: string): void {
    if (piece === '') return;
    this.#length += piece.length;
    if (this.#pieces.push(piece) < mostPieces) return;
    this.#chunks.push(this.#pieces.join(''));
    this.#pieces = [];
  }

  /** The whole text. It is kept joined: whoever asks again gets the very same string. */
  get text(): string {
    const [first = ''] = this.#chunks;
    if (first.length === this.#length) return first;
    const text = this.#chunks.concat(this.#pieces).join('');
    this.#chunks.splice(0, Infinity, text);
    this.#pieces = [];
    return text;
  }

  /** The part from `start` to `end`. Near the end of a long text it is as quick as in a short one. */
  slice(start: number, end: number): string {
    if (start === 0 && end === this.#length) return this.text;
    const parts: string[] = [];
    let position = this.#length;
    for (const pieces of [this.#pieces, this.#chunks]) {
      for (let index = pieces.length - 1; index >= 0 && position > start; index -= 1) {
        const piece = pieces[index] as string;
        position -= piece.length;
        if (position < end) parts.push(piece.slice(Math.max(0, start - position), end - position));
      }
    }
    return parts.reverse().join('');
  }
}
