/** Aborts `signal` when nothing has been reported by `touch` for `timeoutMs`. Stop it in a `finally`. */
export interface StallWatchdog extends Disposable {
  readonly signal: AbortSignal;
  touch(): void;
}

export class StalledError extends Error {
  override readonly name = 'StalledError';
  readonly code = 'ROADSTEAD_STALLED';
}

export function openStallWatchdog(timeoutMs: number): StallWatchdog {
  const controller = new AbortController();
  const stall = () => controller.abort(new StalledError(`nothing moved for ${timeoutMs / 1000} s`));
  const timer = setTimeout(stall, timeoutMs);
  return {
    signal: controller.signal,
    touch: () => void timer.refresh(),
    [Symbol.dispose]: () => clearTimeout(timer),
  };
}
