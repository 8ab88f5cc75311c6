import type { InstanceTransaction } from '../db/instance/instance-database.ts';
import { insertJobs, type NewJob } from './insert-jobs.ts';
import type { ExecutionTrigger } from './job-status.ts';
import type { JsonObject } from './json-value.ts';

export interface EnqueueExecutionInput {
  readonly kind: string;
  /** What it is about, in the words of its kind (the id of a policy). */
  readonly subject?: string;
  readonly trigger: ExecutionTrigger;
  readonly parameters: JsonObject;
  /** The key of the principal that asked for it. */
  readonly actor: string;
  /** None: there is nothing to do, and the execution is a success at once. */
  readonly jobs: readonly NewJob[];
  readonly message?: string;
  readonly now: number;
}

export interface EnqueuedExecution {
  readonly executionId: number;
  /** In the order of the input. */
  readonly jobIds: readonly number[];
}

/** Makes an execution with its jobs. Another command may call it, so that a change and the work it asks for commit together. */
export async function enqueueExecution(
  { tx }: InstanceTransaction,
  input: EnqueueExecutionInput,
): Promise<EnqueuedExecution> {
  const { kind, jobs, now } = input;
  const isEmpty = jobs.length === 0;
  const { id } = await tx
    .insertInto('job_executions')
    .values({
      kind,
      subject: input.subject ?? '',
      trigger: input.trigger,
      parameters: JSON.stringify(input.parameters),
      actor: input.actor,
      status: isEmpty ? 'success' : 'pending',
      message: input.message ?? null,
      created_at: now,
      started_at: isEmpty ? now : null,
      ended_at: isEmpty ? now : null,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  return { executionId: id, jobIds: await insertJobs(tx, { id, kind }, jobs, now) };
}
