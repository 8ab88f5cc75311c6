import { Gauge, Histogram, type Registry } from 'prom-client';
import type { Clock } from '../kernel/clock.ts';
import { shareResult } from '../kernel/share-result.ts';

/** What is known of all instances, those of other nodes included. */
export interface SleepStatistics {
  readonly asleep: number;
  readonly due: number;
  /** Milliseconds UTC. */
  readonly oldestDueAt: number | undefined;
}

export interface WakingMetrics {
  noteWake(latenessMs: number): void;
  /** Counts, and sets the gauges: to be awaited before the registry is read. It never rejects. */
  refresh(countSleeping: () => Promise<SleepStatistics>): Promise<void>;
}

export interface WakingMetricsDeps {
  readonly clock: Clock;
  readonly onError: (error: unknown) => void;
}

const SHARED_MS = 5_000;
const LATENESS_BUCKETS_SECONDS = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 3_600];

/** How many instances sleep, how many of them are due, and how late they are woken. */
export function registerWakingMetrics(registry: Registry, { clock, onError }: WakingMetricsDeps): WakingMetrics {
  const registers = [registry];
  // Every process and every node reads the same rows.
  const gauge = (name: string, help: string) => new Gauge({ name, help, aggregator: 'first', registers });
  const asleep = gauge('roadstead_instances_asleep', 'Instances that no process of any node has open');
  const due = gauge('roadstead_instances_due', 'Instances that are due for work of their own and wait for a worker');
  const oldest = gauge('roadstead_instances_due_oldest_seconds', 'For how long the first of them has been due');
  const lateness = new Histogram({
    name: 'roadstead_instance_wake_lateness_seconds',
    help: 'Time from when a sleeping instance was due until it was open',
    buckets: LATENESS_BUCKETS_SECONDS,
    registers,
  });
  let count: () => Promise<SleepStatistics> = async () => ({ asleep: 0, due: 0, oldestDueAt: undefined });
  const refresh = shareResult(SHARED_MS, clock, async () => {
    try {
      const counted = await count();
      asleep.set(counted.asleep);
      due.set(counted.due);
      oldest.set(counted.oldestDueAt === undefined ? 0 : Math.max(0, clock.now() - counted.oldestDueAt) / 1_000);
    } catch (error) {
      onError(error);
    }
  });
  return {
    noteWake: (latenessMs) => lateness.observe(latenessMs / 1_000),
    refresh: (countSleeping) => {
      count = countSleeping;
      return refresh();
    },
  };
}
