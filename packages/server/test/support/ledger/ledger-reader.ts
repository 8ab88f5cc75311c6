import { closeSync, openSync, readSync } from 'node:fs';
import { LedgerState } from './ledger-state.ts';

const READ_BYTES = 1 << 16;

/** Reads a ledger's file while it grows, forwards only. */
export class LedgerReader {
  readonly #state = new LedgerState();
  readonly #descriptor: number;
  #rest = '';

  constructor(file: string) {
    this.#descriptor = openSync(file, 'r');
  }

  /** What the ledger said after its first `position` events, which must not be fewer than at the last call. */
  readTo(position: number): LedgerState {
    while (this.#state.position < position) {
      const end = this.#rest.indexOf('\n');
      if (end === -1) this.#readMore();
      else {
        this.#state.apply(JSON.parse(this.#rest.slice(0, end)));
        this.#rest = this.#rest.slice(end + 1);
      }
    }
    if (this.#state.position > position) throw new Error('the ledger was read further than this already');
    return this.#state;
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  #readMore(): void {
    const buffer = Buffer.alloc(READ_BYTES);
    const count = readSync(this.#descriptor, buffer, 0, READ_BYTES, null);
    if (count === 0) throw new Error(`the ledger ends after ${this.#state.position} events`);
    // Its lines are ASCII, so no character is cut in two.
    this.#rest += buffer.toString('latin1', 0, count);
  }
}
