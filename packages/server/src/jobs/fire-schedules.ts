import type { InstanceDatabase } from '../db/instance/instance-database.ts';
import type { Clock } from '../kernel/clock.ts';
import { nextCronInstant } from './cron.ts';
import { fireDueSchedules } from './fire-due-schedules.ts';

export interface FireSchedulesDependencies {
  readonly database: InstanceDatabase;
  readonly clock: Clock;
  readonly onError: (error: unknown) => void;
}

const BATCH = 100;

/** Fires what is due, once each, however many instants were missed. @returns how many executions it made */
export async function fireSchedules({ database, clock, onError }: FireSchedulesDependencies): Promise<number> {
  const now = clock.now();
  const due = await database.reader
    .selectFrom('job_schedules')
    .select(['id', 'cron', 'time_zone', 'next_at'])
    .where('next_at', '<=', now)
    .where('is_paused', '=', 0)
    .orderBy('next_at')
    .limit(BATCH)
    .execute();
  if (due.length === 0) return 0;
  const firings = due.map(({ id, cron, time_zone: timeZone, next_at: dueAt }) => {
    const nextAt = findNext({ cron, timeZone }, now, onError);
    return { scheduleId: id, dueAt: dueAt ?? now, nextAt };
  });
  return database.execute(fireDueSchedules, { firings, now });
}

/** A text that was taken once and is not understood now (another version, another time zone database) fires no more. */
function findNext(
  time: { readonly cron: string; readonly timeZone: string },
  now: number,
  onError: (error: unknown) => void,
): number | null {
  try {
    return nextCronInstant(time, now) ?? null;
  } catch (error) {
    onError(error);
    return null;
  }
}
