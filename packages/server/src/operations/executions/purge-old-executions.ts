import type { Jobs } from '../../jobs/jobs.ts';

const KEPT_MS = 30 * 24 * 3_600_000;
const KEPT_OF_EACH_KIND = 100;

/** Forgets executions that ended more than 30 days ago, except the newest 100 of each kind. @returns how many */
export async function purgeOldExecutions(
  jobs: Pick<Jobs, 'purge'>,
  kinds: readonly string[],
  now: number,
): Promise<number> {
  let count = 0;
  for (const kind of kinds) {
    count += await jobs.purge({ kind, endedBefore: now - KEPT_MS, keepNewest: KEPT_OF_EACH_KIND });
  }
  return count;
}
