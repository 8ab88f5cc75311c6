/**
 * The pieces of `body`, until it ends or `signal` aborts: then it rejects with the signal's reason, also while the body
 * is stuck. When the caller leaves early the body's own iterator is ended, as a plain `for await` would do.
 */
export async function* abortableBody(
  body: AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  signal?.throwIfAborted();
  const iterator = body[Symbol.asyncIterator]();
  let interrupt: ((reason: unknown) => void) | undefined;
  const onAbort = () => interrupt?.(signal?.reason);
  signal?.addEventListener('abort', onAbort, { once: true });
  let isBodyAtRest = true;
  try {
    for (;;) {
      isBodyAtRest = false;
      const result = await new Promise<IteratorResult<Uint8Array>>((resolve, reject) => {
        interrupt = reject;
        iterator.next().then(resolve, reject);
      });
      signal?.throwIfAborted();
      if (result.done === true) return;
      isBodyAtRest = true;
      yield result.value;
      signal?.throwIfAborted();
    }
  } finally {
    signal?.removeEventListener('abort', onAbort);
    const ended = endIterator(iterator);
    // A body that is stuck in `next` would also queue this behind it for ever.
    if (isBodyAtRest) await ended;
  }
}

/** Never rejects: what matters to the caller is why the loop ended, not how the body took it. */
async function endIterator(iterator: AsyncIterator<Uint8Array>): Promise<void> {
  try {
    await iterator.return?.();
  } catch {}
}
