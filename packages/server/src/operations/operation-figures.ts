import type { Kysely } from 'kysely';
import { readCollectionState } from '../content/collection/collection-state.ts';
import { readScrubState } from '../content/scrub/scrub-state.ts';
import type { InstanceDatabase } from '../db/instance/instance-database.ts';
import type { InstanceSchema } from '../db/instance/schema.ts';
import type { QueueFigures } from '../jobs/job-reads.ts';
import type { Jobs } from '../jobs/jobs.ts';
import type { Clock } from '../kernel/clock.ts';
import { readCollectMemory } from './garbage-collection/collect-memory.ts';
import { COLLECT } from './garbage-collection/collection-work.ts';
import { readShippedTo, SHIP_RECORDS } from './recovery/ship-handler.ts';

/** What is measured of an instance's work in the background. Ages are milliseconds. */
export interface OperationFigures {
  /** What only a confirmation lets go. */
  readonly awaitingBytes: number;
  /** For how long the review that is due for longest has been due; 0 when none is. */
  readonly overdueMs: number;
  /** As it was last added up; undefined before the first pass. */
  readonly trash: { readonly manifests: number; readonly bytes: number } | undefined;
  /** Since the last whole round ended; undefined before the first. */
  readonly scrubRoundAgeMs: number | undefined;
  /** Stored copies that the scrub has found so, since the instance was made. */
  readonly scrubbed: { readonly damaged: number; readonly missing: number; readonly unreadable: number };
  /** For how long the blob storage has not been known to have every change; undefined when nothing is shipped. */
  readonly unshippedMs: number | undefined;
  readonly queues: readonly QueueFigures[];
}

export interface OperationFiguresDeps {
  readonly database: InstanceDatabase;
  readonly jobs: Pick<Jobs, 'listJobs' | 'queueFigures'>;
  readonly clock: Clock;
}

/** A few rows and looks into indexes: none of it grows with the content. */
export async function readOperationFigures({ database, jobs, clock }: OperationFiguresDeps): Promise<OperationFigures> {
  const { reader } = database;
  const now = clock.now();
  const { awaiting } = await readCollectionState(reader);
  const [collect] = await jobs.listJobs({ kind: COLLECT, isRecurring: true, page: 1, pageSize: 1 });
  const [shipping] = await jobs.listJobs({ kind: SHIP_RECORDS, isRecurring: true, page: 1, pageSize: 1 });
  const shippedTo = readShippedTo(shipping?.result);
  const { damaged, missing, unreadable, lastRoundEndedAt } = await readScrubState(reader);
  return {
    awaitingBytes: awaiting?.bytes ?? 0,
    overdueMs: now - Math.min(await findOldestReview(reader, now), now),
    trash: readCollectMemory(collect?.progress).trash,
    scrubRoundAgeMs: lastRoundEndedAt === null ? undefined : Math.max(0, now - lastRoundEndedAt),
    scrubbed: { damaged, missing, unreadable },
    unshippedMs: shippedTo === undefined ? undefined : Math.max(0, now - shippedTo),
    queues: await jobs.queueFigures(),
  };
}

async function findOldestReview(reader: Kysely<InstanceSchema>, now: number): Promise<number> {
  const instants = await Promise.all(
    (['repository_blobs', 'blobs'] as const).map((table) =>
      reader
        .selectFrom(table)
        .select('review_after')
        .where('review_after', '<=', now)
        .orderBy('review_after')
        .limit(1)
        .executeTakeFirst(),
    ),
  );
  return Math.min(...instants.map((row) => row?.review_after ?? now));
}
