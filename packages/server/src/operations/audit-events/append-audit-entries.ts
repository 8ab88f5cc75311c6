import type { InstanceTransaction } from '../../db/instance/instance-database.ts';
import { appendJournal, type JournalEntry } from '../../journal/journal.ts';

export interface AppendAuditEntriesInput {
  readonly entries: readonly JournalEntry[];
}

/** Writes what happened without a change of anything else: sign-ins and pulls. Changes write their own entries. */
export async function appendAuditEntries(
  { tx }: InstanceTransaction,
  { entries }: AppendAuditEntriesInput,
): Promise<void> {
  for (const entry of entries) await appendJournal(tx, entry);
}
