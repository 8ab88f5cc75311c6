import type { InstanceTransaction } from '../db/instance/instance-database.ts';
import { enqueueExecution } from './enqueue-execution.ts';

export interface ScheduleFiring {
  readonly scheduleId: number;
  /** The instant that is due, as it was read. */
  readonly dueAt: number;
  /** The first instant after now; null when there is none. */
  readonly nextAt: number | null;
}

export interface FireDueSchedulesInput {
  readonly firings: readonly ScheduleFiring[];
  readonly now: number;
}

const ACTOR = 'system:schedule';

/**
 * Makes one execution with one job for each schedule that is still due at the instant named: of several processes that saw
 * it due one makes it, since the instant is moved on in the same transaction. @returns how many it made
 */
export async function fireDueSchedules(
  context: InstanceTransaction,
  { firings, now }: FireDueSchedulesInput,
): Promise<number> {
  let count = 0;
  // In one order everywhere: those who fire the same ones wait for each other, and for nothing else.
  for (const { scheduleId, dueAt, nextAt } of firings.toSorted((left, right) => left.scheduleId - right.scheduleId)) {
    const schedule = await context.tx
      .updateTable('job_schedules')
      .set({ next_at: nextAt, last_at: now })
      .where('id', '=', scheduleId)
      .where('next_at', '=', dueAt)
      .where('is_paused', '=', 0)
      .returning(['kind', 'subject', 'parameters', 'max_attempts'])
      .executeTakeFirst();
    if (schedule === undefined) continue;
    const parameters = JSON.parse(schedule.parameters);
    await enqueueExecution(context, {
      kind: schedule.kind,
      subject: schedule.subject,
      trigger: 'schedule',
      parameters,
      actor: ACTOR,
      jobs: [{ parameters, maxAttempts: schedule.max_attempts }],
      now,
    });
    count += 1;
  }
  return count;
}
