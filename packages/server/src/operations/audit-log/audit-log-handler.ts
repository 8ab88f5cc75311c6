import type { JobHandler } from '../../jobs/job-handler.ts';
import type { Jobs } from '../../jobs/jobs.ts';
import { readShippedTo, SHIP_RECORDS } from '../recovery/ship-handler.ts';
import { readLogSize } from './audit-tree.ts';
import { type Checkpoints, findLastCheckpoint } from './checkpoints.ts';
import { retainAuditLog } from './retention.ts';
import type { Sequencer } from './sequencer.ts';
import { type DeliverDeps, deliverCheckpoints } from './witnesses/deliver-checkpoints.ts';

/** The kind and the name of the recurring job. */
export const AUDIT_LOG = 'audit-log';

/** How often a checkpoint is signed while the log grows. */
export const CHECKPOINT_INTERVAL_MS = 60_000;

export interface AuditLogHandlerDeps extends DeliverDeps {
  readonly sequencer: Sequencer;
  readonly checkpoints: Checkpoints;
  readonly jobs: Pick<Jobs, 'listJobs'>;
  /** Whether changes are shipped to the blob storage. */
  readonly ships: boolean;
  /** Up to which id every other reader of the journal has read. */
  readonly readUpTo: () => Promise<number>;
}

const RETRY = { firstDelayMs: 5_000, maxDelayMs: 300_000 };

/** Takes what is new into the log, signs it, hands the signature out, and lets go what is old, again and again. */
export function createAuditLogHandler(deps: AuditLogHandlerDeps): JobHandler {
  const { database, sequencer, checkpoints, clock } = deps;
  return {
    kind: AUDIT_LOG,
    maxConcurrent: 1,
    retry: RETRY,
    async run(job) {
      const { fence, signal } = job;
      const entries = await sequencer.run({ fence, signal });
      if (await isCheckpointDue(deps)) await checkpoints.make(fence);
      // A witness is told only what a rebuild would bring back: else that would look as if the end had been cut off.
      await deliverCheckpoints(deps, job, deps.ships ? await findShippedTo(deps) : undefined);
      const readUpTo = await deps.readUpTo();
      const erased = await retainAuditLog({ database, now: clock.now(), readUpTo, jobFence: fence, signal });
      if (erased > 0) job.log(`${erased} entries were older than they are kept, and are stumps now.`);
      return { status: 'success', result: { at: clock.now(), entries, erased } };
    },
  };
}

async function isCheckpointDue({ database: { reader }, clock }: AuditLogHandlerDeps): Promise<boolean> {
  const size = await readLogSize(reader);
  const last = await findLastCheckpoint(reader);
  return size > (last?.size ?? 0) && clock.now() >= (last?.at ?? 0) + CHECKPOINT_INTERVAL_MS;
}

async function findShippedTo({ jobs }: AuditLogHandlerDeps): Promise<number> {
  const [job] = await jobs.listJobs({ kind: SHIP_RECORDS, isRecurring: true, page: 1, pageSize: 1 });
  return readShippedTo(job?.result) ?? 0;
}
