/**
 * One append or close of an upload at a time, within this process. A client that lost its connection may come back before
 * the server has noticed: it waits a little for its former self to end.
 */
export class UploadLocks {
  readonly #tails = new Map<string, Promise<void>>();

  /** Resolves to a release function, or to undefined when the lock was not free within `waitMs`. */
  async acquire(uploadId: string, waitMs: number): Promise<(() => void) | undefined> {
    const deadline = Date.now() + waitMs;
    for (let tail = this.#tails.get(uploadId); tail !== undefined; tail = this.#tails.get(uploadId)) {
      const leftMs = deadline - Date.now();
      if (leftMs <= 0 || !(await settlesWithin(tail, leftMs))) return undefined;
    }
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#tails.set(uploadId, promise);
    return () => {
      this.#tails.delete(uploadId);
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
