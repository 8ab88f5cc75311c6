import type { InstanceDatabase } from '../../db/instance/instance-database.ts';
import { nextCronInstant } from '../../jobs/cron.ts';
import type { JsonObject } from '../../jobs/json-value.ts';
import type { Actor } from '../../kernel/actor.ts';
import type { Clock } from '../../kernel/clock.ts';
import { ProductError } from '../../kernel/errors.ts';
import { removeUpkeepSchedule, setUpkeepSchedule } from './upkeep-commands.ts';

/** What a kind of work is told. */
export type UpkeepParameters = JsonObject;

/** When work is to be done. Instants are milliseconds UTC. */
export interface UpkeepSchedule {
  readonly id: number;
  /** The kind of the work, of which each has one schedule. */
  readonly kind: string;
  readonly cron: string;
  readonly parameters: JsonObject;
  /** Undefined for work that nothing does yet. */
  readonly nextAt: number | undefined;
  readonly createdAt: number;
  readonly updatedAt: number;
}

export interface WantedUpkeepSchedule {
  readonly kind: string;
  /** Six fields, UTC. */
  readonly cron: string;
  readonly parameters: JsonObject;
  /** False: it is kept, and nothing comes of it. */
  readonly isDone: boolean;
}

const MAX_ATTEMPTS = 3;
const UTC = 'UTC';

export interface UpkeepSchedulesDeps {
  readonly database: InstanceDatabase;
  readonly clock: Clock;
  /** Told that something may be due sooner than was known. */
  readonly onDue: () => void;
}

/** When an instance does what it does for itself. */
export class UpkeepSchedules {
  readonly #deps: UpkeepSchedulesDeps;

  constructor(deps: UpkeepSchedulesDeps) {
    this.#deps = deps;
  }

  async find(kind: string): Promise<UpkeepSchedule | undefined> {
    const row = await this.#rows().where('name', '=', kind).executeTakeFirst();
    return row === undefined ? undefined : toSchedule(row);
  }

  /** By name. */
  async list({ page, pageSize }: { readonly page: number; readonly pageSize: number }) {
    const { reader } = this.#deps.database;
    const rows = await this.#rows()
      .orderBy('name')
      .limit(pageSize)
      .offset((page - 1) * pageSize)
      .execute();
    const count = reader.selectFrom('job_schedules').select((row) => row.fn.countAll<number>().as('total'));
    const { total } = await count.executeTakeFirstOrThrow();
    return { schedules: rows.map(toSchedule), total: Number(total) };
  }

  /** @throws ProductError BAD_REQUEST when the cron text is none, or no instant is left */
  async set({ kind, cron, parameters, isDone }: WantedUpkeepSchedule, actor: Actor): Promise<void> {
    const { database, clock, onDue } = this.#deps;
    const now = clock.now();
    const next = nextCronInstant({ cron, timeZone: UTC }, now);
    if (next === undefined) {
      throw new ProductError(
        'BAD_REQUEST',
        `The cron text "${cron}" names no day that there is: it would never be due.`,
      );
    }
    const nextAt = isDone ? next : null;
    const schedule = { name: kind, kind, subject: '', cron, timeZone: UTC, parameters, maxAttempts: MAX_ATTEMPTS };
    await database.execute(setUpkeepSchedule, { schedule: { ...schedule, nextAt, now }, actor });
    onDue();
  }

  /** What it has started goes on. */
  async remove(kind: string, actor: Actor): Promise<void> {
    const { database, clock } = this.#deps;
    await database.execute(removeUpkeepSchedule, { name: kind, actor, now: clock.now() });
  }

  #rows() {
    return this.#deps.database.reader
      .selectFrom('job_schedules')
      .select(['id', 'kind', 'cron', 'parameters', 'next_at', 'created_at', 'updated_at']);
  }
}

function toSchedule(row: {
  readonly id: number;
  readonly kind: string;
  readonly cron: string;
  readonly parameters: string;
  readonly next_at: number | null;
  readonly created_at: number;
  readonly updated_at: number;
}): UpkeepSchedule {
  return {
    id: row.id,
    kind: row.kind,
    cron: row.cron,
    parameters: JSON.parse(row.parameters) as JsonObject,
    nextAt: row.next_at ?? undefined,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
