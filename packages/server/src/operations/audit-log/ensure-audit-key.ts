import type { InstanceTransaction } from '../../db/instance/instance-database.ts';
import { appendJournal } from '../../journal/journal.ts';
import { type Actor, systemActor } from '../../kernel/actor.ts';
import { lockAuditState } from './audit-state.ts';

export interface EnsureAuditKeyInput {
  readonly id: string;
  readonly publicKey: string;
  /** Sealed. */
  readonly privateKey: Buffer;
  /** A key that signs nothing any more. */
  readonly replaces?: string | undefined;
  /** Who has asked for another one; default: the log itself. */
  readonly actor?: Actor | undefined;
  readonly now: number;
}

/** The name under which the log speaks of itself. */
export const AUDIT_ACTOR = systemActor('audit-log');

/** Makes this the key that signs, unless there is one already. */
export async function ensureAuditKey(context: InstanceTransaction, input: EnsureAuditKeyInput): Promise<void> {
  const { tx } = context;
  // Of two processes at this point the second waits here for the first one's commit.
  await lockAuditState(context);
  const { id, publicKey, privateKey, replaces, actor = AUDIT_ACTOR, now } = input;
  if (replaces !== undefined) {
    const signing = tx.updateTable('audit_keys').set({ retired_at: now }).where('retired_at', 'is', null);
    await signing.where('id', '=', replaces).execute();
  }
  const existing = await tx.selectFrom('audit_keys').select('id').where('retired_at', 'is', null).executeTakeFirst();
  if (existing !== undefined) return;
  await tx
    .insertInto('audit_keys')
    .values({ id, public_key: publicKey, private_key: Buffer.from(privateKey), created_at: now })
    .execute();
  await appendJournal(tx, {
    at: now,
    actor,
    kind: 'audit-key.created',
    detail: { id, publicKey, replaces: replaces ?? null },
  });
}
