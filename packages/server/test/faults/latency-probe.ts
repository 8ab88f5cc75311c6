import { Worker } from 'node:worker_threads';

/** Asks `/healthz` 20 times a second, from a thread of its own, until it is stopped. */
export interface LatencyProbe {
  stop(): Promise<ProbeResult>;
}

export interface ProbeResult {
  /** Of each answer; what was never answered took for ever. */
  readonly latenciesMs: readonly number[];
  /** How many times longer work took than it needed of a processor: 1 on a machine that does nothing else. */
  readonly contention: number;
}

export function startLatencyProbe(port: number): LatencyProbe {
  const probe = startWorker<{ latenciesMs: number[]; unanswered: number }>('./latency-probe-worker.ts', { port });
  const spinner = startWorker<{ contention: number }>('./contention-worker.ts', {});
  return {
    stop: async () => {
      const [{ latenciesMs, unanswered }, { contention }] = await Promise.all([probe(), spinner()]);
      const lost = Array.from({ length: unanswered }, () => Number.POSITIVE_INFINITY);
      return { latenciesMs: [...latenciesMs, ...lost], contention };
    },
  };
}

/** @returns what stops the thread, and gives what it has measured */
function startWorker<Measured>(file: string, workerData: object): () => Promise<Measured> {
  const worker = new Worker(new URL(file, import.meta.url), { workerData });
  return async () => {
    const { promise, resolve, reject } = Promise.withResolvers<Measured>();
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.postMessage('stop');
    const measured = await promise;
    await worker.terminate();
    return measured;
  };
}

/** The 99th percentile (nearest rank): a hundredth of the values is above it. */
export function percentile99(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right);
  return sorted[Math.max(0, Math.ceil(sorted.length * 0.99) - 1)] ?? Number.POSITIVE_INFINITY;
}

/** The server's own event-loop delay since the last time it was asked. @returns undefined when it does not tell */
export async function readLoopDelayP99Ms(metricsPort: number): Promise<number | undefined> {
  const text = await fetch(`http://127.0.0.1:${metricsPort}/metrics`).then(
    (response) => response.text(),
    () => '',
  );
  const seconds = /^nodejs_eventloop_lag_p99_seconds (\S+)$/m.exec(text)?.[1];
  return seconds === undefined ? undefined : Number(seconds) * 1_000;
}
