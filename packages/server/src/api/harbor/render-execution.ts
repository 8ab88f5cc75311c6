import type { WebhookTask as Job, WebhookExecution as Run } from '../../operations/webhooks/webhooks.ts';
import type { Execution, Task } from './openapi/shared-models.ts';
import { vendorTypeOf } from './vendor-type.ts';

const STATUS = {
  pending: 'Pending',
  running: 'Running',
  success: 'Success',
  error: 'Error',
  stopped: 'Stopped',
  dead: 'Error',
} as const;
const TRIGGER = { manual: 'MANUAL', schedule: 'SCHEDULE', event: 'EVENT' } as const;

/** A run of a policy, whose id is the run's subject. */
export function renderExecution(run: Run): Execution {
  const counts = run.jobCounts;
  return {
    id: run.id,
    vendor_type: vendorTypeOf(run.kind),
    vendor_id: Number(run.subject),
    status: STATUS[run.status],
    status_message: run.message ?? '',
    metrics: {
      task_count: Object.values(counts).reduce((sum, count) => sum + count, 0),
      success_task_count: counts.success ?? 0,
      error_task_count: (counts.error ?? 0) + (counts.dead ?? 0),
      pending_task_count: counts.pending ?? 0,
      running_task_count: counts.running ?? 0,
      stopped_task_count: counts.stopped ?? 0,
    },
    trigger: TRIGGER[run.trigger],
    start_time: new Date(run.startedAt ?? run.createdAt).toISOString(),
    ...(run.endedAt !== undefined && { end_time: new Date(run.endedAt).toISOString() }),
  };
}

export function renderTask(executionId: number, task: Job): Task {
  return {
    id: task.id,
    execution_id: executionId,
    status: STATUS[task.status],
    status_message: task.error ?? '',
    run_count: task.runCount,
    creation_time: new Date(task.createdAt).toISOString(),
    update_time: new Date(task.endedAt ?? task.startedAt ?? task.createdAt).toISOString(),
    start_time: new Date(task.startedAt ?? task.createdAt).toISOString(),
    ...(task.endedAt !== undefined && { end_time: new Date(task.endedAt).toISOString() }),
  };
}
