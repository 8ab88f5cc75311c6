import type { BlobStorage } from '../../drivers/blob-storage/blob-storage.ts';
import { parseRecordName } from './record-names.ts';
import type { RecoveryState } from './recovery-state.ts';
import type { ShipAttempt } from './shipper.ts';

/**
 * Removes the records that two verified bases have made needless: those before the older of the two, and those of lineages that
 * this one has replaced. Of a lineage that the database does not know nothing is removed: it may be all that is left of another.
 * @returns how many
 */
export async function pruneRecords(
  storage: Pick<BlobStorage, 'listRecords' | 'deleteRecord'>,
  { lineage, replaces, base, keptFromSeq }: RecoveryState,
  attempt: ShipAttempt,
): Promise<number> {
  if (base === null || base.number < 2) return 0;
  const needless: string[] = [];
  for await (const name of storage.listRecords(attempt.signal)) {
    const parsed = parseRecordName(name);
    if (parsed === undefined) continue;
    if (replaces.includes(parsed.lineage)) needless.push(name);
    if (parsed.lineage !== lineage) continue;
    if (parsed.kind === 'changes' ? parsed.seq < keptFromSeq : parsed.base < base.number - 1) needless.push(name);
  }
  for (const name of needless) {
    attempt.signal.throwIfAborted();
    await attempt.confirm();
    await storage.deleteRecord(name);
  }
  return needless.length;
}
