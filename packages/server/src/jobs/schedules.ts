import type { InstanceDatabase } from '../db/instance/instance-database.ts';
import type { JobScheduleRow } from '../db/instance/schema.ts';
import type { Clock } from '../kernel/clock.ts';
import { ProductError } from '../kernel/errors.ts';
import { nextCronInstant } from './cron.ts';
import { DEFAULT_MAX_ATTEMPTS } from './insert-jobs.ts';
import type { JsonObject } from './json-value.ts';
import { pauseSchedule, removeSchedule, upsertSchedule } from './schedule-rows.ts';

/** What makes an execution of one job each time that it is due. */
export interface Schedule {
  readonly name: string;
  readonly kind: string;
  /** Empty when it is about nothing in particular. */
  readonly subject: string;
  readonly cron: string;
  readonly timeZone: string;
  readonly parameters: JsonObject;
  readonly maxAttempts: number;
  readonly isPaused: boolean;
  /** Undefined while it is paused, and when the cron text names no later instant. */
  readonly nextAt: number | undefined;
  /** When it last made an execution. */
  readonly lastAt: number | undefined;
  readonly createdAt: number;
  readonly updatedAt: number;
}

export interface ScheduleSettings {
  readonly name: string;
  readonly kind: string;
  readonly subject?: string;
  /** Six fields, seconds first. */
  readonly cron: string;
  /** Default: UTC. */
  readonly timeZone?: string;
  readonly parameters?: JsonObject;
  readonly maxAttempts?: number;
}

export interface Schedules {
  /**
   * Makes the schedule of that name, or changes it to this.
   * @throws ProductError BAD_REQUEST when the cron text or the time zone is none, or no instant is left.
   */
  save(settings: ScheduleSettings): Promise<void>;
  find(name: string): Promise<Schedule | undefined>;
  /** By name. */
  list(query: {
    readonly page: number;
    readonly pageSize: number;
    readonly kind?: string;
  }): Promise<readonly Schedule[]>;
  count(query: { readonly kind?: string }): Promise<number>;
  /** @throws ProductError NOT_FOUND */
  pause(name: string): Promise<void>;
  /** What it missed meanwhile is not made up for. @throws ProductError NOT_FOUND */
  resume(name: string): Promise<void>;
  /** What it has started goes on. @throws ProductError NOT_FOUND */
  remove(name: string): Promise<void>;
}

export interface SchedulesDependencies {
  readonly database: InstanceDatabase;
  readonly clock: Clock;
  /** Told that something may be due sooner than was known. */
  readonly onDue: () => void;
}

export function createSchedules({ database, clock, onDue }: SchedulesDependencies): Schedules {
  const find = async (name: string) => {
    const row = await database.reader
      .selectFrom('job_schedules')
      .selectAll()
      .where('name', '=', name)
      .executeTakeFirst();
    return row === undefined ? undefined : toSchedule(row);
  };
  const select = (kind: string | undefined) => {
    const query = database.reader.selectFrom('job_schedules');
    return kind === undefined ? query : query.where('kind', '=', kind);
  };
  const setPaused = async (name: string, isPaused: boolean) => {
    const schedule = (await find(name)) ?? noSuchSchedule(name);
    const now = clock.now();
    const nextAt = isPaused ? null : (nextCronInstant(schedule, now) ?? null);
    const input = { name, isPaused, nextAt, now };
    if (!(await database.execute(pauseSchedule, input))) noSuchSchedule(name);
    onDue();
  };
  return {
    find,
    async save(settings) {
      await database.execute(upsertSchedule, toInput(settings, clock.now()));
      onDue();
    },
    async list({ page, pageSize, kind }) {
      const query = select(kind).selectAll().orderBy('name');
      const rows = await query
        .limit(pageSize)
        .offset((page - 1) * pageSize)
        .execute();
      return rows.map(toSchedule);
    },
    async count({ kind }) {
      const query = select(kind).select((row) => row.fn.countAll<number>().as('total'));
      return Number((await query.executeTakeFirstOrThrow()).total);
    },
    pause: (name) => setPaused(name, true),
    resume: (name) => setPaused(name, false),
    async remove(name) {
      if (!(await database.execute(removeSchedule, { name }))) noSuchSchedule(name);
    },
  };
}

function toInput(settings: ScheduleSettings, now: number) {
  const { name, kind, subject = '', cron, timeZone = 'UTC', parameters = {} } = settings;
  const nextAt = nextCronInstant({ cron, timeZone }, now);
  if (nextAt === undefined) {
    throw new ProductError('BAD_REQUEST', `The cron text "${cron}" names no day that there is: it would never be due.`);
  }
  const maxAttempts = settings.maxAttempts ?? DEFAULT_MAX_ATTEMPTS;
  return { name, kind, subject, cron, timeZone, parameters, maxAttempts, nextAt, now };
}

function toSchedule(row: Omit<JobScheduleRow, 'id'>): Schedule {
  return {
    name: row.name,
    kind: row.kind,
    subject: row.subject,
    cron: row.cron,
    timeZone: row.time_zone,
    parameters: JSON.parse(row.parameters),
    maxAttempts: row.max_attempts,
    isPaused: row.is_paused === 1,
    nextAt: row.next_at ?? undefined,
    lastAt: row.last_at ?? undefined,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

function noSuchSchedule(name: string): never {
  throw new ProductError('NOT_FOUND', `There is no schedule named "${name}".`);
}
