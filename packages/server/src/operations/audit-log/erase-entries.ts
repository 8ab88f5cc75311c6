import { ERASED_KIND, IdRanges } from '@roadstead/archive';
import type { InstanceTransaction } from '../../db/instance/instance-database.ts';
import { assertJobLease, type JobFence } from '../../jobs/job-fence.ts';
import { appendJournal } from '../../journal/journal.ts';
import { lockAuditState, writeAuditState } from './audit-state.ts';
import { AUDIT_ACTOR } from './ensure-audit-key.ts';
import { eraseSalts } from './segment.ts';

export interface EraseEntriesInput {
  /** Of the journal, 1,000 at most. */
  readonly ids: readonly number[];
  readonly reason: 'retention' | 'person';
  readonly now: number;
  readonly jobFence?: JobFence | undefined;
}

/**
 * Erases entries of the journal that the log has. What the log keeps of them (id, instant, and a hash that without its salt tells
 * nothing) still proves that they were there, and an entry of its own says which were erased.
 * @returns how many; what is not in the log yet stays
 */
export async function eraseAuditEntries(context: InstanceTransaction, input: EraseEntriesInput): Promise<number> {
  const { tx } = context;
  const { ids, reason, now, jobFence } = input;
  if (jobFence !== undefined) await assertJobLease(context, jobFence, now);
  if (ids.length === 0) return 0;
  const state = await lockAuditState(context);
  const wanted = new Set(ids);
  const segments = await tx
    .selectFrom('audit_segments')
    .select(['number', 'entries'])
    .where('max_id', '>=', Math.min(...ids))
    .where('min_id', '<=', Math.max(...ids))
    .orderBy('number')
    .execute();
  const all: number[] = [];
  for (const { number, entries } of segments) {
    const { bytes, erased } = eraseSalts(entries, wanted);
    if (erased.length === 0) continue;
    await tx.updateTable('audit_segments').set({ entries: bytes }).where('number', '=', number).execute();
    all.push(...erased);
  }
  if (all.length === 0) return 0;
  await tx.deleteFrom('journal').where('id', 'in', all).execute();
  const ranges = new IdRanges();
  for (const id of all.toSorted((left, right) => left - right)) ranges.add(id);
  const detail = { ids: ranges.toTexts(), count: all.length, reason };
  await appendJournal(tx, { at: now, actor: AUDIT_ACTOR, kind: ERASED_KIND, detail });
  // Whoever has read rows to append them reads them anew.
  await writeAuditState(tx, { ...state, revision: state.revision + 1 });
  return all.length;
}
