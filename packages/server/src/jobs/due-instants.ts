import type { Kysely } from 'kysely';
import { fixedStatement } from '../db/instance/fixed-statement.ts';
import type { InstanceSchema } from '../db/instance/schema.ts';

/** When something has to happen; in the past where it is overdue. */
export interface DueInstants {
  /** Of each kind that has a job waiting, the earliest instant at which one may run. */
  readonly pending: ReadonlyMap<string, number>;
  /** When the first lease runs out of those that are held. */
  readonly leaseEndAt: number | undefined;
  readonly scheduleAt: number | undefined;
}

/** @param kinds the kinds to look at; undefined: all */
export async function findDueInstants(
  reader: Kysely<InstanceSchema>,
  kinds: readonly string[] | undefined,
): Promise<DueInstants> {
  const [pending, lease, schedule] = await Promise.all([
    kinds === undefined ? findAllHeads(reader) : findHeads(reader, kinds),
    findLeaseEnd(reader, kinds),
    selectNextFiring(reader, {}),
  ]);
  return { pending, leaseEndAt: lease, scheduleAt: schedule.rows[0]?.next_at ?? undefined };
}

/** The earliest of them all; undefined when nothing will ever be due by itself. */
export function earliestOf({ pending, leaseEndAt, scheduleAt }: DueInstants): number | undefined {
  const instants = [...pending.values(), leaseEndAt, scheduleAt].filter((instant) => instant !== undefined);
  return instants.length === 0 ? undefined : Math.min(...instants);
}

const selectNextFiring = fixedStatement<object, { readonly next_at: number | null }>((db) =>
  db
    .selectFrom('job_schedules')
    .select('next_at')
    .where('next_at', 'is not', null)
    .where('is_paused', '=', 0)
    .orderBy('next_at')
    .limit(1),
);

/** A worker asks this several times for each job, and always of the same kinds: built once for each number of them. */
const selectHeads = new Map<number, ReturnType<typeof fixHeads>>();

async function findHeads(
  reader: Kysely<InstanceSchema>,
  kinds: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  if (kinds.length === 0) return new Map();
  let select = selectHeads.get(kinds.length);
  if (select === undefined) {
    select = fixHeads(kinds.length);
    selectHeads.set(kinds.length, select);
  }
  const { rows } = await select(reader, kinds);
  return new Map(rows.map((row) => [row.kind, row.run_after]));
}

/** One look into the index per kind, however long the queues are. */
function fixHeads(count: number) {
  return fixedStatement<readonly string[], { readonly kind: string; readonly run_after: number }>((db, kinds) => {
    const [first, ...others] = Array.from({ length: count }, (_, index) =>
      db
        .selectFrom((from) =>
          from
            .selectFrom('jobs')
            .select(['kind', 'run_after'])
            .where('status', '=', 'pending')
            .where('kind', '=', kinds[index] ?? '')
            .orderBy('run_after')
            .limit(1)
            .as('head'),
        )
        .select(['head.kind', 'head.run_after']),
    );
    if (first === undefined) throw new Error('there is no kind to look at');
    return others.reduce((query, next) => query.unionAll(next), first);
  });
}

async function findAllHeads(reader: Kysely<InstanceSchema>): Promise<ReadonlyMap<string, number>> {
  const rows = await reader
    .selectFrom('jobs')
    .select((row) => ['kind', row.fn.min('run_after').as('run_after')])
    .where('status', '=', 'pending')
    .groupBy('kind')
    .execute();
  return new Map(rows.map((row) => [row.kind, row.run_after]));
}

async function findLeaseEnd(
  reader: Kysely<InstanceSchema>,
  kinds: readonly string[] | undefined,
): Promise<number | undefined> {
  if (kinds?.length === 0) return undefined;
  let query = reader.selectFrom('jobs').select('lease_until').where('lease_until', 'is not', null);
  if (kinds !== undefined) query = query.where('kind', 'in', kinds);
  const row = await query.orderBy('lease_until').limit(1).executeTakeFirst();
  return row?.lease_until ?? undefined;
}
