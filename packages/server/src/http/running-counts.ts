/** How many of something run at once, by a key; a key with none is forgotten. */
export class RunningCounts {
  readonly #limit: number;
  readonly #running = new Map<string, number>();

  /** @param limit 0 switches it off. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  get limit(): number {
    return this.#limit;
  }

  /** @returns false when the limit is reached, and nothing was counted */
  enter(key: string): boolean {
    if (this.#limit === 0) return true;
    const running = this.#running.get(key) ?? 0;
    if (running >= this.#limit) return false;
    this.#running.set(key, running + 1);
    return true;
  }

  /** Once for each `enter` that returned true. */
  leave(key: string): void {
    if (this.#limit === 0) return;
    const running = (this.#running.get(key) ?? 1) - 1;
    if (running === 0) this.#running.delete(key);
    else this.#running.set(key, running);
  }
}
