import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs';
import type { LedgerEvent, Outcome, Write } from './ledger-event.ts';

/** Where requests and what became of them are written down. */
export interface Recorder {
  /** Before the request is sent. @returns the number of the request */
  begin(write: Write): number;
  /** Before the next step of whoever asked. */
  end(op: number, outcome: Outcome, location?: string): void;
  observe(key: string, value: string): void;
}

/** What nobody writes down: for a server whose writes are thrown away with it. */
export const NO_LEDGER: Recorder = { begin: () => 0, end: () => {}, observe: () => {} };

/**
 * The list of what was asked of a server and what it has acknowledged, outside of the server and of its medium. Each line is
 * on its own medium before the call returns; what the server is held against is read back from there.
 */
export class Ledger implements Recorder {
  readonly file: string;
  readonly #descriptor: number;
  #position = 0;
  #nextOp = 0;
  #acknowledgedCount = 0;

  constructor(file: string) {
    this.file = file;
    this.#descriptor = openSync(file, 'ax');
  }

  /** How many events it has. */
  get position(): number {
    return this.#position;
  }

  get acknowledgedCount(): number {
    return this.#acknowledgedCount;
  }

  begin(write: Write): number {
    const op = this.#nextOp;
    this.#nextOp += 1;
    this.#append({ op, intent: write });
    return op;
  }

  end(op: number, outcome: Outcome, location?: string): void {
    if (outcome === 'acknowledged') this.#acknowledgedCount += 1;
    this.#append(location === undefined ? { op, outcome } : { op, outcome, location });
  }

  observe(key: string, value: string): void {
    this.#append({ observed: key, value });
  }

  /** The server has ended, and whatever it had not done by now. */
  restarted(): void {
    this.#append({ restarted: true });
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  #append(event: LedgerEvent): void {
    writeSync(this.#descriptor, `${JSON.stringify(event)}\n`);
    fdatasyncSync(this.#descriptor);
    this.#position += 1;
  }
}
