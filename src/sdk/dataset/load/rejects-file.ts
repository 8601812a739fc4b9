import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { MovieHubError } from '../../errors';

/** Lines of each file that are told of at the end of a load. */
const mostTold = 100;

/** Where lines that cannot be used are noted: file, number of the line, reason, parted by tabs. */
export class RejectsFile {
  readonly #stream: WriteStream | undefined;
  readonly #most: number;
  #bytes: number;
  #count: number;
  #isWaiting = false;
  readonly #first = new Map<string, { line: number; reason: string }[]>();

  private constructor(stream: WriteStream | undefined, bytes: number, count: number, most: number) {
    this.#stream = stream;
    this.#bytes = bytes;
    this.#count = count;
    this.#most = most;
  }

  /**
   * @param path Undefined counts only.
   * @param before What a load that goes on has written, and counted, so far; the rest of the file is cut off.
   * @param most How many lines may be noted.
   */
  static async open(
    path: string | undefined,
    before: { bytes: number; count: number },
    most = 100_000,
  ): Promise<RejectsFile> {
    if (path === undefined) return new RejectsFile(undefined, 0, before.count, most);
    const file = await open(path, 'a').catch((cause: unknown) => {
      throw new MovieHubError('invalid_argument', `The file ${path} for rejected lines cannot be written.`, {
        cause,
      });
    });
    const { size } = await file.stat();
    const bytes = Math.min(size, before.bytes);
    await file.truncate(bytes);
    await file.close();
    return new RejectsFile(createWriteStream(path, { flags: 'a' }), bytes, before.count, most);
  }

  /** @throws MovieHubError `invalid_argument` when there are more than may be. */
  write(file: string, line: number, reason: string): void {
    this.#count += 1;
    if (this.#count > this.#most) {
      throw new MovieHubError(
        'invalid_argument',
        `More than ${this.#most} lines cannot be used; the last is line ${line} of ${file}: ${reason}. What was loaded so far stays. If that is as it should be, run the same load again and allow more rejects: it goes on from there.`,
      );
    }
    const first = this.#first.get(file) ?? [];
    this.#first.set(file, first);
    if (first.length < mostTold) first.push({ line, reason });
    if (this.#stream === undefined) return;
    const text = `${file}\t${line}\t${reason}\n`;
    this.#bytes += Buffer.byteLength(text);
    this.#isWaiting = !this.#stream.write(text);
  }

  /** Returns the first lines that were noted of a file. */
  of(file: string): readonly { readonly line: number; readonly reason: string }[] {
    return this.#first.get(file) ?? [];
  }

  /** Waits until all is written; returns the size of the file. */
  async flush(): Promise<number> {
    if (this.#isWaiting && this.#stream !== undefined) await once(this.#stream, 'drain');
    this.#isWaiting = false;
    return this.#bytes;
  }

  async close(): Promise<void> {
    if (this.#stream === undefined) return;
    const closed = once(this.#stream, 'close');
    this.#stream.end();
    await closed;
  }
}
