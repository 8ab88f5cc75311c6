import type { InstanceTransaction } from '../../db/instance/instance-database.ts';
import { removeSchedule, type UpsertScheduleInput, upsertSchedule } from '../../jobs/schedule-rows.ts';
import { stopJob } from '../../jobs/stop-job.ts';
import { journalAuditSink } from '../../journal/journal-audit-sink.ts';
import type { Actor } from '../../kernel/actor.ts';

export interface SetUpkeepScheduleInput {
  readonly schedule: UpsertScheduleInput;
  readonly actor: Actor;
}

/** Makes the schedule of that name, or changes it to this, with the entry that says who did. */
export async function setUpkeepSchedule(
  context: InstanceTransaction,
  { schedule, actor }: SetUpkeepScheduleInput,
): Promise<void> {
  await upsertSchedule(context, schedule);
  const { name, cron, now } = schedule;
  const detail = { cron, parameters: JSON.stringify(schedule.parameters) };
  const event = { at: now, actor, resource: name, outcome: 'done', detail } as const;
  await journalAuditSink.record(context.tx, { ...event, kind: 'upkeep-schedule.set' });
}

export interface RemoveUpkeepScheduleInput {
  readonly name: string;
  readonly actor: Actor;
  readonly now: number;
}

/** Nothing happens, and nothing is written, when there is none. */
export async function removeUpkeepSchedule(
  context: InstanceTransaction,
  { name, actor, now }: RemoveUpkeepScheduleInput,
): Promise<void> {
  if (!(await removeSchedule(context, { name }))) return;
  const event = { at: now, actor, resource: name, outcome: 'done', detail: {} } as const;
  await journalAuditSink.record(context.tx, { ...event, kind: 'upkeep-schedule.removed' });
}

export interface StopJobsInput {
  readonly jobIds: readonly number[];
  readonly actor: Actor;
  readonly now: number;
}

/** What waits stops at once, what runs as soon as it can; those that have ended are left alone. @returns how many that were */
export async function stopJobs(context: InstanceTransaction, { jobIds, actor, now }: StopJobsInput): Promise<number> {
  let count = 0;
  for (const jobId of jobIds) {
    if (!(await stopJob(context, { jobId, now }))) continue;
    count += 1;
    const event = { at: now, actor, resource: `job ${jobId}`, outcome: 'done', detail: { jobId } } as const;
    await journalAuditSink.record(context.tx, { ...event, kind: 'job.stopped' });
  }
  return count;
}
