import type { Digest } from '@roadstead/oci';
import { LRUCache } from 'lru-cache';
import type { InstanceDatabase } from '../../db/instance/instance-database.ts';
import type { Clock } from '../../kernel/clock.ts';
import { recordPulls, type WantedNotes } from './record-pulls.ts';

export interface Pull {
  /** The full name. */
  readonly repository: string;
  readonly digest: Digest;
  readonly tag: string | undefined;
}

/** The same pull as often as it came, at its last time. */
export interface NotedPull extends Pull {
  readonly at: number;
  readonly count: number;
}

export interface PullRecorderDeps {
  /** What is to be noted now. Default: everything. */
  readonly wantedNotes?: (() => Promise<WantedNotes>) | undefined;
  readonly database: InstanceDatabase;
  readonly clock: Clock;
  readonly onError: (error: unknown) => void;
}

/** The first pull is written this soon, those that come after it with the next one that is due. */
const FIRST_DELAY_MS = 1_000;
/** Between two writes about the same artifact under the same name. */
const PAUSE_MS = 5 * 60_000;
const MAX_WAITING = 20_000;
const MAX_KNOWN = 20_000;
const BATCH_SIZE = 200;

/**
 * Remembers when artifacts were last pulled, for lists and for policies that keep what is in use. Off the path of a pull, and written
 * at most once in some minutes for each: a crash loses no more than that.
 */
export class PullRecorder {
  readonly #deps: PullRecorderDeps;
  readonly #waiting = new Map<string, NotedPull>();
  readonly #written = new LRUCache<string, number>({ max: MAX_KNOWN });
  #timer: { readonly timeout: NodeJS.Timeout; readonly dueAt: number } | undefined;
  #writing: Promise<void> = Promise.resolve();
  #lost = 0;
  #isClosed = false;

  constructor(deps: PullRecorderDeps) {
    this.#deps = deps;
  }

  note(pull: Pull): void {
    const key = keyOf(pull);
    const before = this.#waiting.get(key);
    if (before === undefined && this.#waiting.size >= MAX_WAITING) {
      this.#lost += 1;
      return;
    }
    const at = this.#deps.clock.now();
    this.#waiting.set(key, { ...pull, at, count: (before?.count ?? 0) + 1 });
    this.#arm(this.#dueAt(key) <= at ? FIRST_DELAY_MS : PAUSE_MS);
  }

  /** Writes what is due. It never rejects. */
  flush(): Promise<void> {
    const now = this.#deps.clock.now();
    return this.#flush((key) => this.#dueAt(key) <= now);
  }

  /** Writes everything that waits. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer?.timeout);
    await this.#flush(() => true);
  }

  async #findWanted(): Promise<WantedNotes> {
    try {
      return (await this.#deps.wantedNotes?.()) ?? EVERYTHING;
    } catch (error) {
      this.#deps.onError(error);
      return EVERYTHING;
    }
  }

  #dueAt(key: string): number {
    const written = this.#written.get(key);
    return written === undefined ? 0 : written + PAUSE_MS;
  }

  #arm(delayMs: number): void {
    const dueAt = performance.now() + delayMs;
    // What is due soon does not wait for what is due later.
    if (this.#isClosed || (this.#timer !== undefined && this.#timer.dueAt <= dueAt)) return;
    clearTimeout(this.#timer?.timeout);
    const timeout = setTimeout(() => {
      this.#timer = undefined;
      void this.flush().then(() => {
        if (this.#waiting.size > 0) this.#arm(PAUSE_MS);
      });
    }, delayMs).unref();
    this.#timer = { timeout, dueAt };
  }

  #flush(isDue: (key: string) => boolean): Promise<void> {
    this.#writing = this.#writing.then(() => this.#writeDue(isDue));
    return this.#writing;
  }

  async #writeDue(isDue: (key: string) => boolean): Promise<void> {
    const due = [...this.#waiting].filter(([key]) => isDue(key));
    const wanted = await this.#findWanted();
    for (let start = 0; start < due.length; start += BATCH_SIZE) {
      const batch = due.slice(start, start + BATCH_SIZE);
      for (const [key] of batch) this.#waiting.delete(key);
      if (!wanted.times && !wanted.counts) continue;
      try {
        await this.#deps.database.execute(recordPulls, { pulls: batch.map(([, pull]) => pull), wanted }, 'crash');
        for (const [key, { at }] of batch) this.#written.set(key, at);
      } catch (error) {
        this.#lost += batch.reduce((sum, [, { count }]) => sum + count, 0);
        this.#deps.onError(error);
      }
    }
    if (this.#lost === 0) return;
    this.#deps.onError(
      new Error(`${this.#lost} pulls could not be noted: the times of last pulls may be older than they are`),
    );
    this.#lost = 0;
  }
}

const EVERYTHING: WantedNotes = { times: true, counts: true };

function keyOf({ repository, digest, tag }: Pull): string {
  return `${repository}@${digest} ${tag ?? ''}`;
}
