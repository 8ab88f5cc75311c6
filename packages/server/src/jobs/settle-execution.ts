import type { Kysely } from 'kysely';
import type { InstanceSchema } from '../db/instance/schema.ts';
import { type ExecutionStatus, UNFINISHED } from './job-status.ts';

/** Ends the execution when none of its jobs is left to run. Whoever calls it has locked the execution. */
export async function settleExecution(
  tx: Kysely<InstanceSchema>,
  executionId: number | null,
  now: number,
): Promise<void> {
  if (executionId === null || (await hasJob(tx, executionId, UNFINISHED))) return;
  const { status, message } = await judge(tx, executionId);
  await tx
    .updateTable('job_executions')
    .set((row) => ({ status, message: message ?? row.ref('message'), ended_at: now }))
    .where('id', '=', executionId)
    .where('ended_at', 'is', null)
    .execute();
}

/** One error outweighs a stop, and a stop a success. */
async function judge(
  tx: Kysely<InstanceSchema>,
  executionId: number,
): Promise<{ readonly status: ExecutionStatus; readonly message: string | undefined }> {
  const failed = await tx
    .selectFrom('jobs')
    .select('error')
    .where('execution_id', '=', executionId)
    .where('status', 'in', ['error', 'dead'])
    .orderBy('id')
    .limit(1)
    .executeTakeFirst();
  if (failed !== undefined) return { status: 'error', message: failed.error ?? undefined };
  const isStopped = await hasJob(tx, executionId, ['stopped']);
  return { status: isStopped ? 'stopped' : 'success', message: undefined };
}

async function hasJob(tx: Kysely<InstanceSchema>, executionId: number, statuses: readonly string[]): Promise<boolean> {
  const row = await tx
    .selectFrom('jobs')
    .select('id')
    .where('execution_id', '=', executionId)
    .where('status', 'in', statuses)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}
