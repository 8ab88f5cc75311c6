import type { InstanceTransaction } from '../db/instance/instance-database.ts';
import { appendJobLog, type LogEntry } from './append-job-log.ts';
import { type AttemptEnd, endAttempt } from './end-attempt.ts';
import type { JobStatus } from './job-status.ts';
import { settleExecution } from './settle-execution.ts';

/** What has to be read of a running job to end its attempt. */
export const ATTEMPT_COLUMNS = [
  'id',
  'execution_id',
  'attempts',
  'max_attempts',
  'run_after',
  'repeat_every_ms',
  'stop_requested',
] as const;

export interface AttemptRow {
  readonly id: number;
  readonly execution_id: number | null;
  readonly attempts: number;
  readonly max_attempts: number;
  readonly run_after: number;
  readonly repeat_every_ms: number | null;
  readonly stop_requested: number;
}

export interface AttemptReport {
  readonly end: AttemptEnd;
  /** JSON. Undefined: as it was. */
  readonly progress?: string | undefined;
  readonly result?: string | undefined;
  readonly log: readonly LogEntry[];
}

/** Ends the attempt, and with it the job and its execution where that follows. The caller holds the locks of both. */
export async function writeAttemptEnd(
  { tx }: InstanceTransaction,
  job: AttemptRow,
  { end, progress, result, log }: AttemptReport,
  now: number,
): Promise<JobStatus> {
  const attempted = {
    attempts: job.attempts,
    maxAttempts: job.max_attempts,
    runAfter: job.run_after,
    repeatEveryMs: job.repeat_every_ms,
    stopRequested: job.stop_requested === 1,
  };
  const { status, attempts, runAfter, error, note } = endAttempt(attempted, end, now);
  await tx
    .updateTable('jobs')
    .set({
      status,
      attempts,
      run_after: runAfter,
      lease_owner: null,
      lease_until: null,
      stop_requested: 0,
      ended_at: status === 'pending' && job.repeat_every_ms === null ? null : now,
      ...(error === undefined ? {} : { error }),
      ...(progress === undefined ? {} : { progress }),
      ...(result === undefined ? {} : { result }),
    })
    .where('id', '=', job.id)
    .execute();
  await appendJobLog(tx, job.id, note === undefined ? log : [...log, { at: now, text: note }]);
  if (status !== 'pending') await settleExecution(tx, job.execution_id, now);
  return status;
}
