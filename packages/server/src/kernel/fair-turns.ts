interface Waiting {
  readonly go: () => void;
}

/**
 * Lets so many work at once, and those that wait in turn by their key: a key with a thousand requests waiting delays another's
 * first one by a single turn.
 */
export class FairTurns {
  readonly #limit: number;
  /** Keys in the order of their turns, each with those that wait. A `Map` keeps the order in which keys came. */
  readonly #waiting = new Map<string, Waiting[]>();
  #working = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** How many work now. */
  get working(): number {
    return this.#working;
  }

  /** @returns ends the turn; undefined when none came within `waitMs` */
  async take(key: string, waitMs: number): Promise<(() => void) | undefined> {
    if (this.#working < this.#limit && this.#waiting.size === 0) {
      this.#working += 1;
    } else if (!(await this.#wait(key, waitMs))) {
      return undefined;
    }
    let hasEnded = false;
    return () => {
      if (hasEnded) return;
      hasEnded = true;
      this.#working -= 1;
      this.#next();
    };
  }

  #wait(key: string, waitMs: number): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const waiting = { go: () => resolve(true) };
    const timer = setTimeout(() => {
      this.#leave(key, waiting);
      resolve(false);
    }, waitMs);
    const queue = this.#waiting.get(key);
    if (queue === undefined) this.#waiting.set(key, [waiting]);
    else queue.push(waiting);
    return promise.finally(() => clearTimeout(timer));
  }

  #next(): void {
    const [first] = this.#waiting;
    if (first === undefined || this.#working >= this.#limit) return;
    const [key, queue] = first;
    const waiting = queue.shift();
    // Behind all others, where more of the same key wait.
    this.#waiting.delete(key);
    if (queue.length > 0) this.#waiting.set(key, queue);
    this.#working += 1;
    waiting?.go();
  }

  #leave(key: string, waiting: Waiting): void {
    const queue = this.#waiting.get(key)?.filter((each) => each !== waiting) ?? [];
    if (queue.length === 0) this.#waiting.delete(key);
    else this.#waiting.set(key, queue);
  }
}
