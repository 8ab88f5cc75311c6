/** How long a job waits after a failed attempt: twice as long each time, up to a limit. */
export interface RetryPolicy {
  readonly firstDelayMs: number;
  readonly maxDelayMs: number;
}

export const DEFAULT_RETRY: RetryPolicy = { firstDelayMs: 10_000, maxDelayMs: 1_800_000 };

/**
 * Exponential back-off of which the upper half is jitter, so that jobs which failed together do not return together.
 * @param attempt the one that failed, from 1 on
 * @param jitter from 0 (the shortest wait) up to, not including, 1
 */
export function retryDelayMs(policy: RetryPolicy, attempt: number, jitter: number): number {
  const fullMs = Math.min(policy.maxDelayMs, policy.firstDelayMs * 2 ** (attempt - 1));
  return Math.round(fullMs / 2 + (fullMs / 2) * jitter);
}
