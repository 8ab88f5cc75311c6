import type { Kysely } from 'kysely';
import type { InstanceTransaction } from '../../db/instance/instance-database.ts';
import type { InstanceSchema } from '../../db/instance/schema.ts';
import { ProductError } from '../../kernel/errors.ts';

/** How far the sequencer is. */
export interface AuditState {
  /** Raised by each write of the log. */
  readonly revision: number;
  /** Every row of the journal up to this id is in the log, or never comes. */
  readonly settledId: number;
  readonly fence: AuditFence | undefined;
}

/** The same will hold up to `id` when none of the writers is at work any more. */
export interface AuditFence {
  readonly id: number;
  readonly writers: readonly string[];
}

const BEGINNING: AuditState = { revision: 0, settledId: 0, fence: undefined };

export async function readAuditState(db: Kysely<InstanceSchema>): Promise<AuditState> {
  const row = await selectState(db).executeTakeFirst();
  return row === undefined ? BEGINNING : toState(row);
}

/**
 * Inside a command that writes to the log: one at a time, and only on the log that it was worked out for.
 * @throws ProductError CONFLICT when the log was written meanwhile
 */
export async function lockAuditState(
  { tx, capabilities }: InstanceTransaction,
  revision?: number,
): Promise<AuditState> {
  let query = selectState(tx);
  if (capabilities.rowLocks) query = query.forUpdate();
  let row = await query.executeTakeFirst();
  if (row === undefined) {
    const first = { id: 1, revision: BEGINNING.revision, settled_id: BEGINNING.settledId };
    await tx
      .insertInto('audit_state')
      .values(first)
      .onConflict((conflict) => conflict.column('id').doNothing())
      .execute();
    row = await query.executeTakeFirstOrThrow();
  }
  const state = toState(row);
  if (revision === undefined || revision === state.revision) return state;
  throw new ProductError('CONFLICT', 'The audit log was written by somebody else meanwhile: try again.');
}

export async function writeAuditState(tx: Kysely<InstanceSchema>, state: AuditState): Promise<void> {
  await tx
    .updateTable('audit_state')
    .set({
      revision: state.revision,
      settled_id: state.settledId,
      fence_id: state.fence?.id ?? null,
      fence_writers: state.fence === undefined ? null : JSON.stringify(state.fence.writers),
    })
    .where('id', '=', 1)
    .execute();
}

function selectState(db: Kysely<InstanceSchema>) {
  return db
    .selectFrom('audit_state')
    .select(['revision', 'settled_id', 'fence_id', 'fence_writers'])
    .where('id', '=', 1);
}

function toState(row: {
  readonly revision: number;
  readonly settled_id: number;
  readonly fence_id: number | null;
  readonly fence_writers: string | null;
}): AuditState {
  const { revision, settled_id: settledId, fence_id: id, fence_writers: writers } = row;
  return {
    revision,
    settledId,
    fence: id === null || writers === null ? undefined : { id, writers: JSON.parse(writers) },
  };
}
