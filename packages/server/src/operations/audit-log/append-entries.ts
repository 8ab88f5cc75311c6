import type { InstanceTransaction } from '../../db/instance/instance-database.ts';
import { assertJobLease, type JobFence } from '../../jobs/job-fence.ts';
import { type AuditFence, lockAuditState, writeAuditState } from './audit-state.ts';

export interface AppendEntriesInput {
  /** Of the log that this was worked out for. */
  readonly revision: number;
  /** As they are now, whole. */
  readonly segments: readonly NewSegment[];
  readonly tiles: readonly NewTile[];
  readonly settledId: number;
  readonly fence: AuditFence | undefined;
  readonly jobFence?: JobFence | undefined;
  readonly now?: number | undefined;
}

export interface NewSegment {
  readonly number: number;
  readonly minId: number;
  readonly maxId: number;
  readonly entries: Uint8Array;
}

export interface NewTile {
  readonly level: number;
  readonly number: number;
  readonly hashes: Uint8Array;
}

/**
 * Appends entries that were hashed elsewhere, all or none: the writer has no more to do than to store them.
 * @returns the log's next revision
 * @throws ProductError CONFLICT when the log was written meanwhile, or the job's lease is lost
 */
export async function appendLogEntries(context: InstanceTransaction, input: AppendEntriesInput): Promise<number> {
  const { tx } = context;
  if (input.jobFence !== undefined) await assertJobLease(context, input.jobFence, input.now);
  await lockAuditState(context, input.revision);
  for (const { number, minId, maxId, entries } of input.segments) {
    const values = { min_id: minId, max_id: maxId, size: entries.length, entries: Buffer.from(entries) };
    await tx
      .insertInto('audit_segments')
      .values({ number, ...values })
      .onConflict((conflict) => conflict.column('number').doUpdateSet(values))
      .execute();
  }
  for (const { level, number, hashes } of input.tiles) {
    const values = { hashes: Buffer.from(hashes) };
    await tx
      .insertInto('audit_tiles')
      .values({ level, number, ...values })
      .onConflict((conflict) => conflict.columns(['level', 'number']).doUpdateSet(values))
      .execute();
  }
  const revision = input.revision + 1;
  await writeAuditState(tx, { revision, settledId: input.settledId, fence: input.fence });
  return revision;
}
