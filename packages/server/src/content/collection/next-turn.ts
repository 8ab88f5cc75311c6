import { setImmediate } from 'node:timers/promises';

/** Between the pages of a long search: reads of some engines run in this thread, and everything else waits for them. */
export async function nextTurn(signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted();
  await setImmediate();
}
