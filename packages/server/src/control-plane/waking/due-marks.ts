import type { Clock } from '../../kernel/clock.ts';

export interface DueMarksOptions {
  /** Makes the instances due at an instant, or sooner if they were. */
  readonly write: (ids: readonly string[], at: number) => Promise<void>;
  readonly clock: Clock;
  readonly onError: (error: unknown) => void;
  /** How far apart two writes are, at least. Default: 1 s. */
  readonly pauseMs?: number;
}

const PAUSE_MS = 1_000;

/** Which instances were given work here, written together: the first at once, what follows within a second in one go. */
export class DueMarks {
  readonly #options: DueMarksOptions;
  readonly #pauseMs: number;
  #marks = new Map<string, number>();
  #writing: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: DueMarksOptions) {
    this.#options = options;
    this.#pauseMs = options.pauseMs ?? PAUSE_MS;
  }

  add(id: string, at: number): void {
    this.#marks.set(id, Math.min(at, this.#marks.get(id) ?? at));
    if (this.#timer === undefined && this.#writing === undefined) this.#start();
  }

  /** Writes what is left, once. */
  async close(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#writing;
    clearTimeout(this.#timer);
    await this.#write();
  }

  #start(): void {
    this.#writing = this.#write().finally(() => {
      this.#writing = undefined;
      this.#timer = setTimeout(() => {
        this.#timer = undefined;
        if (this.#marks.size > 0) this.#start();
      }, this.#pauseMs).unref();
    });
  }

  /** What cannot be written is kept for the next time. */
  async #write(): Promise<void> {
    const marks = this.#marks;
    this.#marks = new Map();
    const now = this.#options.clock.now();
    const byInstant = Map.groupBy(marks.keys(), (id) => Math.max(now, marks.get(id) ?? now));
    for (const [at, ids] of byInstant) {
      try {
        // In one order everywhere, so that two who write the same rows wait for each other and for nothing else.
        await this.#options.write(ids.toSorted(), at);
      } catch (error) {
        this.#options.onError(error);
        for (const id of ids) this.#marks.set(id, Math.min(at, this.#marks.get(id) ?? at));
      }
    }
  }
}
