import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { ControlPlaneSchema } from '../../db/control-plane/schema.ts';
import type { DatabaseCapabilities } from '../../drivers/database/database.ts';

type Connection = Kysely<ControlPlaneSchema>;

export interface ClaimedInstance {
  readonly id: string;
  /** When it was due, in milliseconds UTC. */
  readonly dueAt: number;
  /** How often waking it has failed since it last did not. */
  readonly failures: number;
}

export interface SleepFigures {
  /** Instances that nobody has open. */
  readonly asleep: number;
  /** Of those that nobody works on: due now. */
  readonly due: number;
  /** When the first of them was due. */
  readonly oldestDueAt: number | undefined;
}

/** The rows that say which process has which instance open, and when those that sleep are due. */
export class WakeRows {
  readonly #now: RawBuilder<number>;
  readonly #hasRowLocks: boolean;

  constructor({ clockText, rowLocks }: Pick<DatabaseCapabilities, 'clockText' | 'rowLocks'>) {
    this.#now = sql.raw(clockText);
    this.#hasRowLocks = rowLocks;
  }

  /** @returns false when the holder was not alive any more, or never was: others may have taken what it had open for orphaned */
  async extendHolder(
    tx: Connection,
    { name, works, leaseMs }: { readonly name: string; readonly works: boolean; readonly leaseMs: number },
  ): Promise<boolean> {
    const expiry = sql<number>`${this.#now} + ${leaseMs}`;
    const extended = await tx
      .updateTable('instance_holders')
      .set({ expires_at: expiry })
      .where('name', '=', name)
      .where('expires_at', '>', this.#now)
      .executeTakeFirst();
    if (extended.numUpdatedRows > 0n) return true;
    await tx
      .insertInto('instance_holders')
      .values({ name, works: works ? 1 : 0, expires_at: expiry })
      .onConflict((conflict) => conflict.column('name').doUpdateSet({ expires_at: expiry }))
      .execute();
    return false;
  }

  /** What is left of its instances is orphaned. */
  async removeHolder(tx: Connection, name: string): Promise<void> {
    await tx.deleteFrom('instance_holders').where('name', '=', name).execute();
  }

  /** For who knows that he is alone: whoever had instances open is dead. */
  async removeAllHolders(tx: Connection): Promise<void> {
    await tx.deleteFrom('instance_holders').execute();
  }

  async insertOpen(tx: Connection, holder: string, ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    await tx
      .insertInto('open_instances')
      .columns(['instance_id', 'holder'])
      .expression((from) =>
        from
          .selectFrom('instances')
          .select(['id', sql<string>`${holder}`.as('holder')])
          .where('id', 'in', [...ids])
          .where('state', '=', 'active'),
      )
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }

  async removeOpen(tx: Connection, holder: string, id: string): Promise<void> {
    await tx.deleteFrom('open_instances').where('holder', '=', holder).where('instance_id', '=', id).execute();
  }

  /** To be read before one looks for the work of the instance; undefined when there is none of this id to wake. */
  async findMarks(db: Connection, id: string): Promise<number | undefined> {
    const row = await db
      .selectFrom('instances')
      .select('due_marks')
      .where('id', '=', id)
      .where('state', '=', 'active')
      .executeTakeFirst();
    return row?.due_marks;
  }

  /** @returns false when somebody has given it work since `marks` were read: then it has to be looked at again */
  async setNextDue(
    tx: Connection,
    { id, nextDueAt, marks, failures }: { id: string; nextDueAt: number; marks: number; failures: number },
  ): Promise<boolean> {
    const updated = await tx
      .updateTable('instances')
      .set({ next_due_at: nextDueAt, claimed_until: null, failed_wakes: failures })
      .where('id', '=', id)
      .where('state', '=', 'active')
      .where('due_marks', '=', marks)
      .executeTakeFirst();
    return updated.numUpdatedRows > 0n;
  }

  /** It is due at `at`, or sooner if it was. */
  async markDue(tx: Connection, ids: readonly string[], at: number): Promise<void> {
    if (ids.length === 0) return;
    await tx
      .updateTable('instances')
      .set((row) => ({
        next_due_at: row.case().when('next_due_at', '<=', at).then(row.ref('next_due_at')).else(at).end(),
        due_marks: row('due_marks', '+', 1),
      }))
      .where('id', 'in', [...ids])
      .where('state', '=', 'active')
      .execute();
  }

  /** Those that are due and that nobody works on, the longest due first. */
  #selectDue(db: Connection, now: number, limit: number) {
    return db
      .selectFrom('instances')
      .select(['id', 'next_due_at', 'failed_wakes'])
      .where('state', '=', 'active')
      .where('next_due_at', '<=', now)
      .where((row) => row.or([row('claimed_until', 'is', null), row('claimed_until', '<=', this.#now)]))
      .where(({ not, exists, selectFrom }) =>
        not(
          exists(
            selectFrom('open_instances')
              .innerJoin('instance_holders', 'instance_holders.name', 'open_instances.holder')
              .select('holder')
              .whereRef('open_instances.instance_id', '=', 'instances.id')
              .where('instance_holders.works', '=', 1)
              .where('instance_holders.expires_at', '>', this.#now),
          ),
        ),
      )
      .orderBy('next_due_at')
      .orderBy('id')
      .limit(limit);
  }

  /** When the first of those that are to be woken was due; undefined when none is. */
  async findOldestDue(db: Connection, now: number): Promise<number | undefined> {
    const row = await this.#selectDue(db, now, 1).executeTakeFirst();
    return row?.next_due_at ?? undefined;
  }

  /**
   * Takes instances that are due, so that nobody else does. Of two who see the same one due, the second finds `claimed_until`
   * in the row that it has locked; who looks later finds it open.
   */
  async claimDue(
    tx: Connection,
    { holder, now, limit, claimMs }: { holder: string; now: number; limit: number; claimMs: number },
  ): Promise<readonly ClaimedInstance[]> {
    const query = this.#selectDue(tx, now, limit);
    const rows = await (this.#hasRowLocks ? query.forUpdate('instances').skipLocked() : query).execute();
    if (rows.length === 0) return [];
    const ids = rows.map(({ id }) => id);
    await tx
      .updateTable('instances')
      .set({ claimed_until: sql<number>`${this.#now} + ${claimMs}` })
      .where('id', 'in', ids)
      .execute();
    await this.insertOpen(tx, holder, ids);
    return rows.map((row) => ({ id: row.id, dueAt: row.next_due_at ?? now, failures: row.failed_wakes }));
  }

  /** Whether `adoptOrphans` has something to do. */
  async hasOrphans(db: Connection): Promise<boolean> {
    const orphan = this.#selectOrphans(db).limit(1).executeTakeFirst();
    const unseen = db
      .selectFrom('instances')
      .select('id')
      .where('state', '=', 'active')
      .where('next_due_at', 'is', null)
      .limit(1)
      .executeTakeFirst();
    const dead = db.selectFrom('instance_holders').select('name').where('expires_at', '<=', this.#now).limit(1);
    return [await orphan, await unseen, await dead.executeTakeFirst()].some((row) => row !== undefined);
  }

  /**
   * Makes due what dead processes had open, and what nobody has ever looked at. Dead holders go first: one that comes back to
   * life has to wait for this transaction, and enters what it has open anew after it.
   */
  async adoptOrphans(tx: Connection, now: number): Promise<void> {
    await tx.deleteFrom('instance_holders').where('expires_at', '<=', this.#now).execute();
    const orphans = await this.#selectOrphans(tx).execute();
    await this.markDue(tx, [...new Set(orphans.map((orphan) => orphan.instance_id))].toSorted(), now);
    for (const { instance_id: id, holder } of orphans) await this.removeOpen(tx, holder, id);
    await tx
      .updateTable('instances')
      .set({ next_due_at: now })
      .where('state', '=', 'active')
      .where('next_due_at', 'is', null)
      .execute();
  }

  #selectOrphans(db: Connection) {
    return db
      .selectFrom('open_instances')
      .leftJoin('instance_holders', 'instance_holders.name', 'open_instances.holder')
      .select(['open_instances.instance_id', 'open_instances.holder'])
      .where((row) =>
        row.or([row('instance_holders.name', 'is', null), row('instance_holders.expires_at', '<=', this.#now)]),
      );
  }

  async countSleeping(db: Connection, now: number): Promise<SleepFigures> {
    const asleep = await db
      .selectFrom('instances')
      .select((row) => row.fn.countAll<number>().as('count'))
      .where('state', '=', 'active')
      .where(({ not, exists, selectFrom }) =>
        not(
          exists(
            selectFrom('open_instances').select('holder').whereRef('open_instances.instance_id', '=', 'instances.id'),
          ),
        ),
      )
      .executeTakeFirstOrThrow();
    const due = await db
      .selectFrom(this.#selectDue(db, now, Number.MAX_SAFE_INTEGER).as('due'))
      .select((row) => [row.fn.countAll<number>().as('count'), row.fn.min('next_due_at').as('oldest')])
      .executeTakeFirstOrThrow();
    return { asleep: Number(asleep.count), due: Number(due.count), oldestDueAt: due.oldest ?? undefined };
  }
}
