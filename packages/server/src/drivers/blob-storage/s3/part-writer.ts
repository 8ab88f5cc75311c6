import { freeMemory } from '../../../kernel/free-memory.ts';
import type { PartBuffers } from './part-buffers.ts';
import { MAX_PARTS, MIN_PART_BYTES, partSizeBytes } from './part-sizes.ts';
import type { Part } from './s3-upload-state.ts';

/** How many parts of one upload are on their way at once. */
const MAX_IN_FLIGHT = 3;

export interface PartWriterDeps {
  readonly buffers: PartBuffers;
  readonly putPart: (number: number, body: Uint8Array, signal: AbortSignal) => Promise<Part>;
  /** Told of pieces whose bytes were copied. */
  readonly release?: ((piece: Uint8Array) => void) | undefined;
}

/** Cuts the bytes of one append into parts, and sends them while more comes in. What is too little for a part it keeps. */
export class PartWriter {
  readonly #deps: PartWriterDeps;
  readonly #parts: Part[];
  readonly #inFlight = new Set<Promise<void>>();
  readonly #abort = new AbortController();
  #pieces: Uint8Array[] = [];
  #bytes = 0;
  #sent: number;
  #failure: { readonly error: unknown } | undefined;

  /** @param parts that the store has already */
  constructor(parts: readonly Part[], deps: PartWriterDeps) {
    this.#deps = deps;
    this.#parts = [...parts];
    this.#sent = parts.length;
  }

  /** @returns a promise when the caller shall wait before it reads on */
  write(piece: Uint8Array): Promise<void> | undefined {
    this.#pieces.push(piece);
    this.#bytes += piece.byteLength;
    if (this.#sent >= MAX_PARTS) throw new RangeError(`an object has at most ${MAX_PARTS} parts`);
    return this.#bytes < partSizeBytes(this.#sent + 1) ? undefined : this.#send();
  }

  /** Waits until the store has all parts. @returns them, and the bytes that are left */
  async finish(): Promise<{ readonly parts: readonly Part[]; readonly rest: Uint8Array }> {
    if (this.#bytes >= MIN_PART_BYTES) await this.#send();
    await Promise.all(this.#inFlight);
    this.#throwFailure();
    return { parts: this.#parts, rest: this.#takePieces() };
  }

  /** Gives up what is under way, and waits until nothing uses the memory any more. */
  async cancel(): Promise<void> {
    this.#abort.abort(new Error('the upload was given up'));
    await Promise.all(this.#inFlight);
    for (const piece of this.#pieces) this.#deps.release?.(piece);
    this.#pieces = [];
  }

  async #send(): Promise<void> {
    while (this.#inFlight.size >= MAX_IN_FLIGHT) await Promise.race(this.#inFlight);
    this.#throwFailure();
    const giveBack = await this.#deps.buffers.take(this.#bytes);
    const index = this.#sent;
    this.#sent += 1;
    const sending = this.#put(index, this.#takePieces()).finally(() => {
      giveBack();
      this.#inFlight.delete(sending);
    });
    this.#inFlight.add(sending);
  }

  async #put(index: number, body: Uint8Array): Promise<void> {
    try {
      this.#parts[index] = await this.#deps.putPart(index + 1, body, this.#abort.signal);
      freeMemory(body);
    } catch (error) {
      this.#failure ??= { error };
    }
  }

  #takePieces(): Uint8Array {
    const body = Buffer.concat(this.#pieces, this.#bytes);
    for (const piece of this.#pieces) this.#deps.release?.(piece);
    this.#pieces = [];
    this.#bytes = 0;
    return body;
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }
}
