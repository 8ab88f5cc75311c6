/** Reads a stream of pieces by counts of bytes, without holding more than was asked for. */
export class ByteReader {
  readonly #pieces: AsyncIterator<Uint8Array>;
  #left: Uint8Array = new Uint8Array();

  constructor(pieces: AsyncIterable<Uint8Array>) {
    this.#pieces = pieces[Symbol.asyncIterator]();
  }

  /** The next bytes; fewer than `count` only at the end. */
  async read(count: number): Promise<Buffer> {
    const parts: Uint8Array[] = [];
    for (let missing = count; missing > 0; ) {
      const part = await this.#take(missing);
      if (part === undefined) break;
      // Whoever sends the pieces may use their memory again.
      parts.push(Uint8Array.from(part));
      missing -= part.length;
    }
    return Buffer.concat(parts);
  }

  /** @returns false when the stream ends before */
  async skip(count: number): Promise<boolean> {
    for (let missing = count; missing > 0; ) {
      const part = await this.#take(missing);
      if (part === undefined) return false;
      missing -= part.length;
    }
    return true;
  }

  async close(): Promise<void> {
    await this.#pieces.return?.();
  }

  async #take(atMost: number): Promise<Uint8Array | undefined> {
    while (this.#left.length === 0) {
      const { done, value } = await this.#pieces.next();
      if (done) return undefined;
      this.#left = value;
    }
    const part = this.#left.subarray(0, atMost);
    this.#left = this.#left.subarray(part.length);
    return part;
  }
}
