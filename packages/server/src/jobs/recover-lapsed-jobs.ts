import type { InstanceTransaction } from '../db/instance/instance-database.ts';
import { tryLockExecutions } from './lock-executions.ts';
import { ATTEMPT_COLUMNS, writeAttemptEnd } from './write-attempt-end.ts';

const BATCH = 100;

/**
 * Ends the attempts whose lease has run out: their jobs are pending again, or dead, or stopped if that was asked. What
 * somebody has locked is left for the next time.
 */
export async function recoverLapsedJobs(
  context: InstanceTransaction,
  kinds: readonly string[],
  now: number,
): Promise<void> {
  const { tx, capabilities } = context;
  let query = tx
    .selectFrom('jobs')
    .select([...ATTEMPT_COLUMNS, 'lease_owner', 'lease_until'])
    .where('lease_until', '<', now)
    .where('status', '=', 'running')
    .where('kind', 'in', kinds)
    .orderBy('lease_until')
    .limit(BATCH);
  if (capabilities.rowLocks) query = query.forUpdate().skipLocked();
  const lapsed = await query.execute();
  if (lapsed.length === 0) return;
  const ids = new Set(lapsed.map((job) => job.execution_id).filter((id) => id !== null));
  const locked = await tryLockExecutions(context, [...ids]);
  for (const { lease_owner: owner, lease_until: leaseUntil, ...job } of lapsed) {
    if (job.execution_id !== null && !locked.has(job.execution_id)) continue;
    const end = { kind: 'lost', owner: owner ?? 'unknown', leaseUntil: leaseUntil ?? now } as const;
    await writeAttemptEnd(context, job, { end, log: [] }, now);
  }
}
