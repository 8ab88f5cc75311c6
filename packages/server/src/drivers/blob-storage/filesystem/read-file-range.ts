import { assertByteRange } from '../byte-range.ts';
import { closeFile, closeSmallRead, readAt, sizeOfFile } from './file-calls.ts';
import type { ReadBufferPool } from './read-buffer-pool.ts';

export interface FileRange {
  /** Inclusive, in bytes. */
  readonly start: number;
  /** Exclusive, in bytes. */
  readonly end: number;
  readonly signal: AbortSignal | undefined;
}

/**
 * Yields the bytes of a file's range from buffers of the pool. What fits into one buffer is read at once; of the rest the
 * next piece is read into a second buffer while the caller works on the first. A piece is valid until the next one is
 * asked for.
 * @param open called when the first piece is asked for; the number of the open file
 * @throws an Error when the file ends before `end`, before the first piece where that can be known
 */
export function readFileRange(
  open: () => Promise<number>,
  range: FileRange,
  pool: ReadBufferPool,
): AsyncGenerator<Uint8Array, void, undefined> {
  const lengthBytes = range.end - range.start;
  const pieceBytes = pool.pickPieceBytes(lengthBytes);
  const isOnePiece = lengthBytes > 0 && lengthBytes <= pieceBytes;
  return isOnePiece ? readAtOnce(open, range, { pool, pieceBytes }) : readInTurns(open, range, { pool, pieceBytes });
}

interface Buffers {
  readonly pool: ReadBufferPool;
  readonly pieceBytes: number;
}

/** Has the file closed again before the caller sees the piece, so that an abort has nothing to free. */
async function* readAtOnce(
  open: () => Promise<number>,
  { start, end, signal }: FileRange,
  { pool, pieceBytes }: Buffers,
): AsyncGenerator<Uint8Array, void, undefined> {
  assertByteRange(start, end);
  signal?.throwIfAborted();
  const fd = await open();
  const buffer = pool.take(pieceBytes);
  let isSeen = false;
  try {
    try {
      await readFully(fd, buffer, start, end - start);
    } finally {
      closeSmallRead(fd);
    }
    signal?.throwIfAborted();
    isSeen = true;
    yield buffer.subarray(0, end - start);
    isSeen = false;
  } finally {
    if (isSeen) pool.abandon(buffer);
    else pool.giveBack(buffer);
  }
}

async function* readInTurns(
  open: () => Promise<number>,
  range: FileRange,
  buffers: Buffers,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { start, end, signal } = range;
  assertByteRange(start, end);
  signal?.throwIfAborted();
  const reader = new TurnReader(await open(), range, buffers);
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

class TurnReader {
  readonly #fd: number;
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
  /** The check of the file's size, while it runs. */
  #sizing: Promise<number> | undefined;
  #released: Promise<void> | undefined;

  constructor(fd: number, { start, end, signal }: FileRange, { pool, pieceBytes }: Buffers) {
    this.#fd = fd;
    this.#end = end;
    this.#position = start;
    this.#signal = signal;
    this.#pool = pool;
    this.#pieceBytes = pieceBytes;
  }

  async assertHolds(end: number): Promise<void> {
    this.#sizing = sizeOfFile(this.#fd);
    const size = await this.#sizing;
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

  /** Closes the file and gives the buffers back, once, after the call in flight. Does not reject. */
  release(): Promise<void> {
    this.#released ??= this.#releaseOnce();
    return this.#released;
  }

  async #releaseOnce(): Promise<void> {
    await this.#sizing?.catch(() => undefined);
    const ahead = await this.#ahead?.catch(() => undefined);
    if (ahead !== undefined && ahead.buffer !== this.#lent) this.#spare.push(ahead.buffer);
    // Nothing was written through it, so a failing close loses nothing.
    await closeFile(this.#fd).catch(() => {});
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
      await readFully(this.#fd, buffer, position, length);
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

/** Reads the `length` bytes at `position` into the buffer's beginning. @throws an Error when the file ends before */
async function readFully(fd: number, buffer: Buffer, position: number, length: number): Promise<void> {
  for (let filled = 0; filled < length; ) {
    const count = await readAt(fd, buffer, { offset: filled, length: length - filled, position: position + filled });
    if (count === 0) throw new Error(`the stored object ends at byte ${position + filled}, too early`);
    filled += count;
  }
}
