import type { InstanceTransaction } from '../../db/instance/instance-database.ts';
import { assertJobLease, type JobFence } from '../../jobs/job-fence.ts';

export interface RecordCheckpointInput {
  readonly size: number;
  readonly at: number;
  readonly keyId: string;
  readonly note: string;
  readonly peaks: Uint8Array;
  readonly jobFence?: JobFence | undefined;
}

/** Keeps a checkpoint. Of two of one size the first stays: both say the same. */
export async function recordCheckpoint(context: InstanceTransaction, input: RecordCheckpointInput): Promise<void> {
  const { size, at, keyId, note, peaks, jobFence } = input;
  if (jobFence !== undefined) await assertJobLease(context, jobFence, at);
  await context.tx
    .insertInto('audit_checkpoints')
    .values({ size, at, key_id: keyId, note, peaks: Buffer.from(peaks) })
    .onConflict((conflict) => conflict.column('size').doNothing())
    .execute();
}
