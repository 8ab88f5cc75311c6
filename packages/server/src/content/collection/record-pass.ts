import type { InstanceTransaction } from '../../db/instance/instance-database.ts';
import { assertJobLease, type JobFence } from '../../jobs/job-fence.ts';
import { appendJournal } from '../../journal/journal.ts';
import { systemActor } from '../../kernel/actor.ts';
import { lockCollectionState, writeCollectionState } from './collection-state.ts';

export interface RecordPassInput {
  readonly blobsRemoved: number;
  readonly bytesFreed: number;
  readonly linksRemoved: number;
  readonly now: number;
  readonly fence?: JobFence | undefined;
}

/** Says in the journal what a pass has removed. */
export async function recordPass(context: InstanceTransaction, input: RecordPassInput): Promise<void> {
  const { blobsRemoved, bytesFreed, linksRemoved, now, fence } = input;
  if (fence !== undefined) await assertJobLease(context, fence, now);
  await appendJournal(context.tx, {
    at: now,
    actor: systemActor('collector'),
    kind: 'collection.removed',
    detail: { blobsRemoved, bytesFreed, linksRemoved },
  });
}

/** Notes when the policies on untagged manifests were last applied. */
export async function recordUntaggedSearch(
  context: InstanceTransaction,
  { now, fence }: Pick<RecordPassInput, 'now' | 'fence'>,
): Promise<void> {
  if (fence !== undefined) await assertJobLease(context, fence, now);
  const state = await lockCollectionState(context);
  await writeCollectionState(context, state, { searchedUntaggedAt: now });
}
