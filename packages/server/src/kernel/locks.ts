/** Exclusive work by name, whichever process of a server does it: an append to an upload, the opening of an instance. */
export interface Locks {
  /** Resolves to a release function, or to undefined when the lock was not free within `waitMs`. */
  acquire(name: string, waitMs: number): Promise<(() => void) | undefined>;
}

/** The locks of one process. */
export class LocalLocks implements Locks {
  readonly #tails = new Map<string, Promise<void>>();

  async acquire(name: string, waitMs: number): Promise<(() => void) | undefined> {
    const deadline = Date.now() + waitMs;
    for (let tail = this.#tails.get(name); tail !== undefined; tail = this.#tails.get(name)) {
      const leftMs = deadline - Date.now();
      if (leftMs <= 0 || !(await settlesWithin(tail, leftMs))) return undefined;
    }
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#tails.set(name, promise);
    return () => {
      this.#tails.delete(name);
      resolve();
    };
  }
}

async function settlesWithin(promise: Promise<void>, milliseconds: number): Promise<boolean> {
  const { promise: late, resolve } = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => resolve(false), milliseconds);
  try {
    return await Promise.race([promise.then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
}
