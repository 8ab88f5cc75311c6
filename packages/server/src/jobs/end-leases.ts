import type { InstanceTransaction } from '../db/instance/instance-database.ts';

/**
 * Ends every lease now: for who has just become the only one to work on the database, so that nobody waits for those who
 * held it before and are gone. The next claim finds their jobs as it finds any whose lease has lapsed.
 */
export async function endLeases({ tx }: InstanceTransaction, { now }: { readonly now: number }): Promise<void> {
  await tx
    .updateTable('jobs')
    .set({ lease_until: now - 1 })
    .where('status', '=', 'running')
    .where('lease_until', '>=', now)
    .execute();
}
