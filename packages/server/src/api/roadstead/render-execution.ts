import type { OperationExecution, OperationJob } from '../../operations/executions/executions.ts';
import { renderInstant } from './instant.ts';

export const EXECUTIONS_PATH = '/api/roadstead/v1/executions';

/** An execution without its jobs. */
export function renderExecution(execution: OperationExecution): Readonly<Record<string, unknown>> {
  return {
    id: execution.id,
    kind: execution.kind,
    subject: execution.subject,
    trigger: execution.trigger,
    parameters: execution.parameters,
    actor: execution.actor,
    status: execution.status,
    message: execution.message ?? null,
    createdAt: renderInstant(execution.createdAt),
    startedAt: renderInstant(execution.startedAt),
    endedAt: renderInstant(execution.endedAt),
    jobCounts: execution.jobCounts,
  };
}

/** A job; its parameters are between the product and itself. */
export function renderJob(job: OperationJob): Readonly<Record<string, unknown>> {
  return {
    id: job.id,
    kind: job.kind,
    status: job.status,
    attempts: job.attempts,
    maxAttempts: job.maxAttempts,
    runAfter: renderInstant(job.runAfter),
    isStopRequested: job.isStopRequested,
    progress: job.progress ?? null,
    result: job.result ?? null,
    error: job.error ?? null,
    createdAt: renderInstant(job.createdAt),
    startedAt: renderInstant(job.startedAt),
    endedAt: renderInstant(job.endedAt),
  };
}
