import { Gauge, type Registry } from 'prom-client';

/** What an instance's work in the background is measured by. Ages are milliseconds. */
export interface OperationStatistics {
  readonly awaitingBytes: number;
  readonly overdueMs: number;
  readonly trash: { readonly manifests: number; readonly bytes: number } | undefined;
  readonly scrubRoundAgeMs: number | undefined;
  readonly unshippedMs: number | undefined;
  readonly scrubbed: { readonly damaged: number; readonly missing: number; readonly unreadable: number };
  readonly queues: readonly QueueStatistics[];
}

export interface QueueStatistics {
  readonly kind: string;
  readonly pending: number;
  readonly scheduled: number;
  readonly running: number;
  readonly dead: number;
  readonly oldestAgeMs: number;
}

const QUEUE_STATES = ['pending', 'scheduled', 'running', 'dead'] as const;
const VERDICTS = ['damaged', 'missing', 'unreadable'] as const;

/** Gauges of collector, trash, scrub and jobs, with the instance as `registry`. @returns what sets them all at once */
export function registerOperationGauges(
  registry: Registry,
): (statistics: ReadonlyMap<string, OperationStatistics>) => void {
  const gauge = <Name extends string>(name: string, help: string, labelNames: Name[]) =>
    // Every process reads the same rows.
    new Gauge({ name, help, labelNames: ['registry', ...labelNames], aggregator: 'first', registers: [registry] });
  const awaiting = gauge('roadstead_collection_awaiting_bytes', 'Bytes that only a confirmation lets go', []);
  const overdue = gauge('roadstead_collection_overdue_seconds', 'For how long the oldest review has been due', []);
  const trashManifests = gauge('roadstead_trash_manifests', 'Deleted manifests that can be restored', []);
  const trashBytes = gauge('roadstead_trash_bytes', 'Bytes that nothing but the trash needs', []);
  const scrubAge = gauge('roadstead_scrub_round_age_seconds', 'Time since the last whole round of the scrub', []);
  const scrubbed = gauge('roadstead_scrub_found_copies', 'Stored copies that the scrub has found so', ['verdict']);
  const unshipped = gauge('roadstead_recovery_age_seconds', 'Time since every change lay in the blob storage', []);
  const queued = gauge('roadstead_jobs', 'Jobs that have not ended well', ['kind', 'state']);
  const oldest = gauge('roadstead_job_oldest_seconds', 'For how long the oldest job has been due', ['kind']);
  const all = [awaiting, overdue, trashManifests, trashBytes, scrubAge, scrubbed, unshipped, queued, oldest];
  return (statistics) => {
    for (const each of all) each.reset();
    for (const [id, figures] of statistics) {
      const labels = { registry: id };
      awaiting.set(labels, figures.awaitingBytes);
      overdue.set(labels, figures.overdueMs / 1_000);
      if (figures.trash !== undefined) trashManifests.set(labels, figures.trash.manifests);
      if (figures.trash !== undefined) trashBytes.set(labels, figures.trash.bytes);
      if (figures.scrubRoundAgeMs !== undefined) scrubAge.set(labels, figures.scrubRoundAgeMs / 1_000);
      for (const verdict of VERDICTS) scrubbed.set({ ...labels, verdict }, figures.scrubbed[verdict]);
      if (figures.unshippedMs !== undefined) unshipped.set(labels, figures.unshippedMs / 1_000);
      for (const { kind, oldestAgeMs, ...queue } of figures.queues) {
        for (const state of QUEUE_STATES) queued.set({ ...labels, kind, state }, queue[state]);
        oldest.set({ ...labels, kind }, oldestAgeMs / 1_000);
      }
    }
  };
}
