import type { UpkeepRun } from '../../operations/upkeep/upkeep-runs.ts';
import type { UpkeepSchedule } from '../../operations/upkeep/upkeep-schedules.ts';
import type { GCHistory } from './garbage-collection/garbage-collection-models.ts';
import { renderSchedule } from './upkeep-schedule.ts';
import { vendorTypeOf } from './vendor-type.ts';

const STATUS = {
  pending: 'Pending',
  running: 'Running',
  success: 'Success',
  error: 'Error',
  stopped: 'Stopped',
} as const;
const TRIGGER = { manual: 'Manual', schedule: 'Schedule', event: 'Schedule' } as const;

/** How the names of states in `q` are ours. */
export const RUN_STATUSES = {
  Pending: ['pending'],
  Running: ['running'],
  Success: ['success'],
  Error: ['error'],
  Stopped: ['stopped'],
} as const;

/** A run as histories show it. @param parameters what it was told and what came of it */
export function renderRun(run: UpkeepRun, parameters: object): GCHistory {
  const type = TRIGGER[run.trigger];
  return {
    id: run.id,
    job_name: vendorTypeOf(run.kind),
    job_kind: type === 'Manual' ? 'MANUAL' : 'SCHEDULE',
    job_parameters: JSON.stringify(parameters),
    schedule: { type },
    job_status: STATUS[run.status],
    deleted: false,
    creation_time: new Date(run.createdAt).toISOString(),
    update_time: new Date(run.endedAt ?? run.startedAt ?? run.createdAt).toISOString(),
  };
}

/** A schedule in the same shape, as Harbor shows it. */
export function renderScheduled(schedule: UpkeepSchedule | undefined, parameters: object): GCHistory {
  if (schedule === undefined) return { schedule: { type: 'None', cron: '' } };
  return {
    id: schedule.id,
    job_name: vendorTypeOf(schedule.kind),
    job_kind: 'SCHEDULE',
    job_parameters: JSON.stringify(parameters),
    schedule: renderSchedule(schedule),
    deleted: false,
    creation_time: new Date(schedule.createdAt).toISOString(),
    update_time: new Date(schedule.updatedAt).toISOString(),
  };
}
