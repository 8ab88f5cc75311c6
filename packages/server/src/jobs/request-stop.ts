import { type Kysely, sql } from 'kysely';
import type { InstanceSchema } from '../db/instance/schema.ts';
import { UNFINISHED } from './job-status.ts';

/**
 * Stops the jobs that wait and asks those that run to stop. One statement, whose cases the engine judges again if a job was
 * claimed or given back meanwhile: none slips through. A recurring job that waits goes on waiting.
 * @returns how many it was about
 */
export async function requestStop(
  tx: Kysely<InstanceSchema>,
  column: 'id' | 'execution_id',
  id: number,
  now: number,
): Promise<number> {
  const isWaiting = sql<boolean>`status = 'pending'`;
  const updated = await tx
    .updateTable('jobs')
    .set({
      status: sql<string>`case when ${isWaiting} then 'stopped' else status end`,
      ended_at: sql<number | null>`case when ${isWaiting} then cast(${now} as bigint) else ended_at end`,
      stop_requested: sql<number>`case when ${isWaiting} then 0 else 1 end`,
    })
    .where(column, '=', id)
    .where('status', 'in', UNFINISHED)
    .where((row) => row.or([row('status', '=', 'running'), row('name', 'is', null)]))
    .executeTakeFirst();
  return Number(updated.numUpdatedRows);
}
