import type { InstanceTransaction } from '../../db/instance/instance-database.ts';
import { appendJournal } from '../../journal/journal.ts';
import type { Actor } from '../../kernel/actor.ts';
import { type FirstFactor, noteFactorAdded, noteFactorRemoved } from './enrolment-rows.ts';

export interface BeginTotpInput {
  readonly userId: number;
  /** Sealed. */
  readonly secret: Buffer;
  readonly now: number;
}

/** Keeps a secret that no code has proven yet, in the place of another such one. @returns false when a proven one is there */
export async function beginTotp(
  { tx }: InstanceTransaction,
  { userId, secret, now }: BeginTotpInput,
): Promise<boolean> {
  const kept = await tx
    .insertInto('totp_factors')
    .values({ user_id: userId, secret, created_at: now, confirmed_at: null })
    .onConflict((conflict) =>
      conflict
        .column('user_id')
        .doUpdateSet({ secret, created_at: now, last_step: 0 })
        .where('totp_factors.confirmed_at', 'is', null),
    )
    .returning('user_id')
    .executeTakeFirst();
  return kept !== undefined;
}

export interface ConfirmTotpInput extends FirstFactor {
  /** Sealed: the one that the code is of. */
  readonly secret: Buffer;
  readonly step: number;
  readonly actor: Actor;
  readonly now: number;
}

/** @returns undefined when the secret is another meanwhile; else whether it is the account's first factor */
export async function confirmTotp({ tx }: InstanceTransaction, input: ConfirmTotpInput): Promise<boolean | undefined> {
  const { userId, secret, step, actor, now } = input;
  const confirmed = await tx
    .updateTable('totp_factors')
    .set({ confirmed_at: now, last_step: step })
    .where('user_id', '=', userId)
    .where('confirmed_at', 'is', null)
    .where('secret', '=', secret)
    .returning('user_id')
    .executeTakeFirst();
  if (confirmed === undefined) return undefined;
  const isFirst = await noteFactorAdded(tx, input);
  await appendJournal(tx, { at: now, actor, kind: 'second-factor.enrolled', detail: { userId, factor: 'totp' } });
  return isFirst;
}

export interface SpendTotpStepInput {
  readonly userId: number;
  readonly step: number;
}

/** @returns whether the step was not used before: of equal codes at the same time one counts (RFC 6238 § 5.2) */
export async function spendTotpStep(
  { tx }: InstanceTransaction,
  { userId, step }: SpendTotpStepInput,
): Promise<boolean> {
  const spent = await tx
    .updateTable('totp_factors')
    .set({ last_step: step })
    .where('user_id', '=', userId)
    .where('confirmed_at', 'is not', null)
    .where('last_step', '<', step)
    .returning('user_id')
    .executeTakeFirst();
  return spent !== undefined;
}

export interface RemoveTotpInput {
  readonly userId: number;
  readonly actor: Actor;
  readonly now: number;
}

/** @returns whether there was one */
export async function removeTotp(
  { tx }: InstanceTransaction,
  { userId, actor, now }: RemoveTotpInput,
): Promise<boolean> {
  const removed = await tx
    .deleteFrom('totp_factors')
    .where('user_id', '=', userId)
    .returning('confirmed_at')
    .executeTakeFirst();
  if (removed === undefined) return false;
  await noteFactorRemoved(tx, userId);
  const detail = { userId, factor: 'totp', wasConfirmed: removed.confirmed_at !== null };
  await appendJournal(tx, { at: now, actor, kind: 'second-factor.removed', detail });
  return true;
}
