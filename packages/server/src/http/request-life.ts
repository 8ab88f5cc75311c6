import type { ServerResponse } from 'node:http';

/**
 * How long a request lasts: until its response has closed and all work that was begun for it has ended. A client that goes
 * away ends the response only; what runs on for it still uses its instance, and still counts against its address.
 */
export class RequestLife {
  readonly #listeners: (() => void)[] = [];
  #isClosed = false;
  #running = 0;

  constructor(response: ServerResponse) {
    response.once('close', () => {
      this.#isClosed = true;
      this.#check();
    });
  }

  /** Nothing may be begun any more: what the request held is given back. */
  get isOver(): boolean {
    return this.#isClosed && this.#running === 0;
  }

  /** Runs a part of the request's work. @throws when the request is over */
  async run<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.isOver) throw new Error('this request is over');
    this.#running += 1;
    try {
      return await work();
    } finally {
      this.#running -= 1;
      this.#check();
    }
  }

  /** Called once at the end; at once when the request is over already. */
  onOver(listener: () => void): void {
    this.#listeners.push(listener);
    this.#check();
  }

  #check(): void {
    if (!this.isOver) return;
    for (const listener of this.#listeners.splice(0)) listener();
  }
}
