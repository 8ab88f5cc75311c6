import type { InstanceTransaction } from '../../db/instance/instance-database.ts';
import { type EnqueuedExecution, type EnqueueExecutionInput, enqueueExecution } from '../../jobs/enqueue-execution.ts';
import { retryDeadJob } from '../../jobs/retry-dead-job.ts';
import { stopExecution } from '../../jobs/stop-execution.ts';
import { journalAuditSink } from '../../journal/journal-audit-sink.ts';
import type { Actor } from '../../kernel/actor.ts';
import { principalKey } from '../../kernel/principal.ts';

export interface RequestExecutionInput {
  readonly execution: Omit<EnqueueExecutionInput, 'trigger' | 'actor' | 'now'>;
  readonly actor: Actor;
  readonly now: number;
}

/** Makes an execution that somebody asks for, with the entry that says who did. */
export async function requestExecution(
  context: InstanceTransaction,
  { execution, actor, now }: RequestExecutionInput,
): Promise<EnqueuedExecution> {
  const enqueued = await enqueueExecution(context, {
    ...execution,
    trigger: 'manual',
    actor: principalKey(actor.principal),
    now,
  });
  const parameters = JSON.stringify(execution.parameters);
  const detail = { executionId: enqueued.executionId, work: execution.kind, parameters };
  await record(context, { kind: 'execution.requested', executionId: enqueued.executionId, detail, actor, now });
  return enqueued;
}

export interface StopRequestedExecutionInput {
  readonly executionId: number;
  readonly actor: Actor;
  readonly now: number;
}

/** @returns how many jobs that were; 0, and no entry, when it has ended already */
export async function stopRequestedExecution(
  context: InstanceTransaction,
  { executionId, actor, now }: StopRequestedExecutionInput,
): Promise<number> {
  const count = await stopExecution(context, { executionId, now });
  const detail = { executionId, jobs: count };
  if (count > 0) await record(context, { kind: 'execution.stopped', executionId, detail, actor, now });
  return count;
}

export interface RetryRequestedJobInput {
  readonly jobId: number;
  readonly actor: Actor;
  readonly now: number;
}

/** @returns false, and writes no entry, when the job is not one that failed for good */
export async function retryRequestedJob(
  context: InstanceTransaction,
  { jobId, actor, now }: RetryRequestedJobInput,
): Promise<boolean> {
  const isQueued = await retryDeadJob(context, { jobId, now });
  if (!isQueued) return false;
  const resource = `job ${jobId}`;
  const kind = 'job.retried';
  await journalAuditSink.record(context.tx, { at: now, actor, kind, resource, outcome: 'done', detail: { jobId } });
  return true;
}

async function record(
  { tx }: InstanceTransaction,
  told: {
    readonly kind: string;
    readonly executionId: number;
    readonly detail: Readonly<Record<string, string | number>>;
    readonly actor: Actor;
    readonly now: number;
  },
): Promise<void> {
  const { kind, executionId, detail, actor, now } = told;
  const resource = `execution ${executionId}`;
  await journalAuditSink.record(tx, { at: now, actor, kind, resource, outcome: 'done', detail });
}
