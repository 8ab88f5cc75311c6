import type { InstanceTransaction } from '../../../db/instance/instance-database.ts';
import { assertJobLease, type JobFence } from '../../../jobs/job-fence.ts';
import { appendJournal } from '../../../journal/journal.ts';
import type { Actor } from '../../../kernel/actor.ts';

export interface PutWitnessInput {
  readonly name: string;
  readonly kind: string;
  /** JSON. */
  readonly settings: string;
  /** Sealed. */
  readonly secret: Uint8Array | null;
  readonly actor: Actor;
  readonly now: number;
}

/** Makes or changes a witness. One that is changed gets every checkpoint: it may be another one. */
export async function putAuditWitness({ tx }: InstanceTransaction, input: PutWitnessInput): Promise<void> {
  const { name, kind, settings, actor, now } = input;
  const secret = input.secret === null ? null : Buffer.from(input.secret);
  const anew = { delivered_size: 0, delivered_at: null, failures: 0, retry_at: null, error: null };
  const values = { kind, settings, secret, created_at: now, ...anew };
  await tx
    .insertInto('audit_witnesses')
    .values({ name, ...values })
    .onConflict((conflict) => conflict.column('name').doUpdateSet(values))
    .execute();
  await appendJournal(tx, { at: now, actor, kind: 'audit-witness.set', detail: { name, kind, settings } });
}

export interface RemoveWitnessInput {
  readonly name: string;
  readonly actor: Actor;
  readonly now: number;
}

/** @returns whether there was one */
export async function removeAuditWitness(
  { tx }: InstanceTransaction,
  { name, actor, now }: RemoveWitnessInput,
): Promise<boolean> {
  const { numDeletedRows } = await tx.deleteFrom('audit_witnesses').where('name', '=', name).executeTakeFirstOrThrow();
  if (numDeletedRows === 0n) return false;
  await appendJournal(tx, { at: now, actor, kind: 'audit-witness.removed', detail: { name } });
  return true;
}

export interface RecordDeliveryInput {
  readonly name: string;
  /** Of the witness that was delivered to: one that was changed meanwhile begins anew. */
  readonly createdAt: number;
  readonly deliveredSize: number;
  readonly deliveredAt: number | null;
  readonly failures: number;
  readonly retryAt: number | null;
  readonly error: string | null;
  readonly jobFence: JobFence;
}

export async function recordWitnessDelivery(context: InstanceTransaction, input: RecordDeliveryInput): Promise<void> {
  await assertJobLease(context, input.jobFence);
  await context.tx
    .updateTable('audit_witnesses')
    .set({
      delivered_size: input.deliveredSize,
      delivered_at: input.deliveredAt,
      failures: input.failures,
      retry_at: input.retryAt,
      error: input.error,
    })
    .where('name', '=', input.name)
    .where('created_at', '=', input.createdAt)
    .execute();
}
