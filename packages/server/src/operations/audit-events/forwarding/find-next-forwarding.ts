import type { InstanceDatabase } from '../../../db/instance/instance-database.ts';
import type { Jobs } from '../../../jobs/jobs.ts';
import { FORWARD_AUDIT } from './forward-handler.ts';
import { findForwarding } from './forwarding-rows.ts';

/** When there is something to forward; undefined when there is nothing. */
export async function findNextForwarding(
  { reader }: Pick<InstanceDatabase, 'reader'>,
  jobs: Pick<Jobs, 'listJobs'>,
): Promise<number | undefined> {
  const forwarding = await findForwarding(reader);
  if (forwarding?.isEnabled !== true) return undefined;
  const { lastId, gaps, retryAt } = forwarding;
  const waiting = await reader.selectFrom('journal').select('id').where('id', '>', lastId).limit(1).executeTakeFirst();
  if (waiting === undefined && gaps.length === 0) return undefined;
  const [job] = await jobs.listJobs({ kind: FORWARD_AUDIT, isRecurring: true, page: 1, pageSize: 1 });
  return Math.max(retryAt ?? 0, job?.runAfter ?? 0);
}
