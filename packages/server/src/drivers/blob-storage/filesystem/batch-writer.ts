import { failpoint } from '../../../kernel/failpoints.ts';
import { writeAt } from './file-calls.ts';
import { toStorageFileError } from './storage-file-error.ts';

// 256 KiB was the most even of the batch sizes measured; larger batches only cost memory.
const BATCH_BYTES = 256 * 1024;
const MAX_WRITES_IN_FLIGHT = 2;
/** Linux takes at most 1024 buffers in one writev. */
const MAX_PIECES = 1024;

/**
 * Writes pieces to a file from one position on, in batches of about 256 KiB, with at most two writes in flight.
 * It keeps the pieces until they are written: whoever gives them must not change them.
 */
export class BatchWriter {
  readonly #fd: number;
  readonly #release: ((bytes: Uint8Array) => void) | undefined;
  readonly #inFlight = new Set<Promise<void>>();
  #nextPosition: number;
  #pieces: Uint8Array[] = [];
  #batchBytes = 0;
  #failure: { readonly error: unknown } | undefined;

  /** @param release is given each piece when it is written */
  constructor(fd: number, position: number, release?: (bytes: Uint8Array) => void) {
    this.#fd = fd;
    this.#nextPosition = position;
    this.#release = release;
  }

  /** Where the next batch begins: after `finish`, the size of the file's valid part in bytes. */
  get position(): number {
    return this.#nextPosition;
  }

  /**
   * Takes a piece. Most calls only remember it, so they return undefined rather than a promise.
   * @returns a promise to wait for when two writes are in flight
   * @throws the error of an earlier write
   */
  write(piece: Uint8Array): Promise<void> | undefined {
    this.#throwFailure();
    if (piece.byteLength === 0) return undefined;
    this.#pieces.push(piece);
    this.#batchBytes += piece.byteLength;
    if (this.#batchBytes < BATCH_BYTES) {
      if (this.#pieces.length >= MAX_PIECES) this.#merge();
      return undefined;
    }
    this.#startBatch();
    return this.#inFlight.size < MAX_WRITES_IN_FLIGHT ? undefined : Promise.race(this.#inFlight);
  }

  /** Writes what is left and waits for all. */
  async finish(): Promise<void> {
    if (this.#batchBytes > 0) this.#startBatch();
    await this.settle();
    this.#throwFailure();
  }

  /** Waits until no write is in flight: before that, a stale write could still land over those of a later append. */
  async settle(): Promise<void> {
    await Promise.all(this.#inFlight);
  }

  #merge(): void {
    const merged = Buffer.concat(this.#pieces);
    this.#free(this.#pieces);
    this.#pieces = [merged];
  }

  #free(pieces: readonly Uint8Array[]): void {
    if (this.#release !== undefined) for (const piece of pieces) this.#release(piece);
  }

  #startBatch(): void {
    const pieces = this.#pieces;
    const position = this.#nextPosition;
    this.#nextPosition += this.#batchBytes;
    this.#pieces = [];
    this.#batchBytes = 0;
    const written = this.#write(pieces, position)
      .then(() => this.#free(pieces))
      .catch((error: unknown) => {
        this.#failure ??= { error: toStorageFileError(error) };
      })
      .finally(() => this.#inFlight.delete(written));
    this.#inFlight.add(written);
  }

  async #write(pieces: readonly Uint8Array[], position: number): Promise<void> {
    failpoint('upload.append');
    await writeFully(this.#fd, pieces, position);
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }
}

/**
 * Writes all of the pieces at a position of the file. The system may write less than it was given (a medium that is
 * filling up does): this goes on until all is written or it fails.
 */
export async function writeFully(fd: number, pieces: readonly Uint8Array[], position: number): Promise<void> {
  let left = dropBytes(pieces, 0);
  let at = position;
  while (left.length > 0) {
    const count = await writeAt(fd, left, at);
    if (count === 0) throw new Error('the blob storage wrote nothing of what it was given');
    at += count;
    left = dropBytes(left, count);
  }
}

function dropBytes(pieces: readonly Uint8Array[], count: number): readonly Uint8Array[] {
  let toDrop = count;
  for (const [index, piece] of pieces.entries()) {
    if (toDrop < piece.byteLength) return [piece.subarray(toDrop), ...pieces.slice(index + 1)];
    toDrop -= piece.byteLength;
  }
  return [];
}
