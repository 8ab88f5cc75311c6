import type { Clock } from './clock.ts';

/** Runs `work` at most once in `milliseconds`: callers in between get the same result, or the same error. */
export function shareResult<Result>(
  milliseconds: number,
  clock: Clock,
  work: () => Promise<Result>,
): () => Promise<Result> {
  let latest: Promise<Result> | undefined;
  let startedAt = 0;
  return () => {
    const now = clock.now();
    if (latest === undefined || now - startedAt >= milliseconds) {
      startedAt = now;
      latest = work();
      latest.catch(() => undefined);
    }
    return latest;
  };
}
