import type { FileHandle } from 'node:fs/promises';

import { assertByteRange } from '../byte-range.ts';
import type { ReadBufferPool } from './read-buffer-pool.ts';

export interface FileRange {
  /** Inclusive, in bytes. */
  readonly start: number;
  /** Exclusive, in bytes. */
  readonly end: number;
  readonly signal: AbortSignal | undefined;
}

/**
 * Yields the bytes of a file's range from buffers of the pool: while the caller works on one piece, the next is read
 * into the other. A piece is valid until the next one is asked for.
 * @param openFile called when the first piece is asked for
 * @throws an Error when the file ends before `end`, before the first piece where that can be known
 */
export async function* readFileRange(
  openFile: () => Promise<FileHandle>,
  range: FileRange,
  pool: ReadBufferPool,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { start, end, signal } = range;
  assertByteRange(start, end);
  signal?.throwIfAborted();
  const reader = new RangeReader(await openFile(), range, pool);
  // The caller may be stuck in a slow client and never ask again: an abort frees the file all the same.
  const onAbort = () => void reader.release();
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    await reader.assertHolds(end);
    for (let position = start; position < end; ) {
      const piece = await reader.next();
      position += piece.byteLength;
      yield piece;
    }
    reader.takeBackLent();
  } finally {
    signal?.removeEventListener('abort', onAbort);
    await reader.release();
  }
}

class RangeReader {
  readonly #handle: FileHandle;
  readonly #end: number;
  readonly #pool: ReadBufferPool;
  readonly #pieceBytes: number;
  readonly #signal: AbortSignal | undefined;
  readonly #spare: Buffer[] = [];
  #position: number;
  /** The buffer that the caller is looking at. */
  #lent: Buffer | undefined;
  /** The piece that is being read while the caller works on another. */
  #ahead: Promise<PieceInBuffer> | undefined;
  #released: Promise<void> | undefined;

  constructor(handle: FileHandle, { start, end, signal }: FileRange, pool: ReadBufferPool) {
    this.#handle = handle;
    this.#end = end;
    this.#position = start;
    this.#signal = signal;
    this.#pool = pool;
    this.#pieceBytes = pool.pickPieceBytes(end - start);
  }

  /** Asks the file's size, unless the only read would notice a missing byte before anything is yielded. */
  async assertHolds(end: number): Promise<void> {
    const length = end - this.#position;
    if (length > 0 && length <= this.#pieceBytes) return;
    const { size } = await this.#handle.stat();
    if (size < end) throw new Error(`the stored object has ${size} bytes, and byte ${end} was asked for`);
  }

  /** The next piece; only to be called while there is one. */
  async next(): Promise<Uint8Array> {
    this.#signal?.throwIfAborted();
    this.takeBackLent();
    this.#ahead ??= this.#readAhead();
    const { buffer, length } = await this.#ahead;
    // Aborted meanwhile: `release` has taken charge of this buffer.
    this.#signal?.throwIfAborted();
    this.#ahead = undefined;
    this.#lent = buffer;
    if (this.#position < this.#end) {
      this.#ahead = this.#readAhead();
      // Whoever awaits it gets the error; without this it would count as unhandled until then.
      this.#ahead.catch(() => {});
    }
    return length === buffer.byteLength ? buffer : buffer.subarray(0, length);
  }

  takeBackLent(): void {
    if (this.#lent !== undefined) this.#spare.push(this.#lent);
    this.#lent = undefined;
  }

  /** Closes the file and gives the buffers back, once, after the read in flight. Does not reject. */
  release(): Promise<void> {
    this.#released ??= this.#releaseOnce();
    return this.#released;
  }

  async #releaseOnce(): Promise<void> {
    const ahead = await this.#ahead?.catch(() => undefined);
    if (ahead !== undefined && ahead.buffer !== this.#lent) this.#spare.push(ahead.buffer);
    // Nothing was written through it, so a failing close loses nothing.
    await this.#handle.close().catch(() => {});
    if (this.#lent !== undefined) this.#pool.abandon(this.#lent);
    this.#lent = undefined;
    for (const buffer of this.#spare.splice(0)) this.#pool.giveBack(buffer);
  }

  async #readAhead(): Promise<PieceInBuffer> {
    const position = this.#position;
    const length = Math.min(this.#pieceBytes, this.#end - position);
    this.#position += length;
    const buffer = this.#spare.pop() ?? this.#pool.take(this.#pieceBytes);
    try {
      for (let filled = 0; filled < length; ) {
        const { bytesRead } = await this.#handle.read(buffer, filled, length - filled, position + filled);
        if (bytesRead === 0) throw new Error(`the stored object ends at byte ${position + filled}, too early`);
        filled += bytesRead;
      }
      return { buffer, length };
    } catch (error) {
      this.#spare.push(buffer);
      throw error;
    }
  }
}

interface PieceInBuffer {
  readonly buffer: Buffer;
  readonly length: number;
}
