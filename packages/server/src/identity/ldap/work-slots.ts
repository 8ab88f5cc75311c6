import { LdapError } from './ldap-error.ts';

/** Lets so many pieces of work run at a time, and so many wait for it; more are refused at once. */
export class WorkSlots {
  readonly #limits: { readonly running: number; readonly waiting: number };
  readonly #waiting = new Set<() => void>();
  #running = 0;

  constructor(limits: { readonly running: number; readonly waiting: number }) {
    this.#limits = limits;
  }

  /** @throws LdapError `unavailable` when too many wait already, or the signal comes first */
  async take(signal: AbortSignal): Promise<Disposable> {
    if (this.#running < this.#limits.running) this.#running += 1;
    else await this.#wait(signal);
    return { [Symbol.dispose]: () => this.#release() };
  }

  #wait(signal: AbortSignal): Promise<void> {
    if (this.#waiting.size >= this.#limits.waiting) throw busy();
    return new Promise((resolve, reject) => {
      const go = () => {
        signal.removeEventListener('abort', giveUp);
        resolve();
      };
      const giveUp = () => {
        this.#waiting.delete(go);
        reject(busy());
      };
      this.#waiting.add(go);
      signal.addEventListener('abort', giveUp, { once: true });
    });
  }

  /** The slot goes to who has waited longest. */
  #release(): void {
    const [next] = this.#waiting;
    if (next === undefined) {
      this.#running -= 1;
      return;
    }
    this.#waiting.delete(next);
    next();
  }
}

function busy(): LdapError {
  return new LdapError('unavailable', 'the directory has more to do than it can');
}
