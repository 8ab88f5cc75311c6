import type { InstanceTransaction } from '../db/instance/instance-database.ts';
import type { JsonObject } from './json-value.ts';

export interface UpsertScheduleInput {
  readonly name: string;
  readonly kind: string;
  readonly subject: string;
  readonly cron: string;
  readonly timeZone: string;
  readonly parameters: JsonObject;
  readonly maxAttempts: number;
  /** The first instant after `now`; null when the cron text names none. */
  readonly nextAt: number | null;
  readonly now: number;
}

/**
 * Makes the schedule of that name, or changes it to this. What was due is forgotten only if the time itself is changed: a
 * server that writes its schedules at each start still fires what it has missed. A paused one stays paused.
 */
export async function upsertSchedule(
  { tx, capabilities }: InstanceTransaction,
  input: UpsertScheduleInput,
): Promise<void> {
  const values = {
    kind: input.kind,
    subject: input.subject,
    cron: input.cron,
    time_zone: input.timeZone,
    parameters: JSON.stringify(input.parameters),
    max_attempts: input.maxAttempts,
    updated_at: input.now,
  };
  const inserted = await tx
    .insertInto('job_schedules')
    .values({ ...values, name: input.name, is_paused: 0, next_at: input.nextAt, created_at: input.now })
    .onConflict((conflict) => conflict.column('name').doNothing())
    .returning('id')
    .executeTakeFirst();
  if (inserted !== undefined) return;
  let query = tx.selectFrom('job_schedules').select(['cron', 'time_zone', 'is_paused']).where('name', '=', input.name);
  if (capabilities.rowLocks) query = query.forUpdate();
  const before = await query.executeTakeFirst();
  const isSameTime = before?.cron === input.cron && before.time_zone === input.timeZone;
  await tx
    .updateTable('job_schedules')
    .set({ ...values, ...(isSameTime || before?.is_paused === 1 ? {} : { next_at: input.nextAt }) })
    .where('name', '=', input.name)
    .execute();
}

export interface PauseScheduleInput {
  readonly name: string;
  readonly isPaused: boolean;
  /** When it goes on: the first instant after `now`. What it missed meanwhile is not made up for. */
  readonly nextAt: number | null;
  readonly now: number;
}

/** @returns false when there is no schedule of that name */
export async function pauseSchedule({ tx }: InstanceTransaction, input: PauseScheduleInput): Promise<boolean> {
  const { name, isPaused, nextAt, now } = input;
  const updated = await tx
    .updateTable('job_schedules')
    .set({ is_paused: isPaused ? 1 : 0, next_at: isPaused ? null : nextAt, updated_at: now })
    .where('name', '=', name)
    .executeTakeFirst();
  return updated.numUpdatedRows > 0n;
}

/** What it has started goes on. @returns false when there is no schedule of that name */
export async function removeSchedule(
  { tx }: InstanceTransaction,
  { name }: { readonly name: string },
): Promise<boolean> {
  const removed = await tx.deleteFrom('job_schedules').where('name', '=', name).executeTakeFirst();
  return removed.numDeletedRows > 0n;
}
