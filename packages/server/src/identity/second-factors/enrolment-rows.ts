import type { Kysely } from 'kysely';
import type { InstanceSchema } from '../../db/instance/schema.ts';

export interface FirstFactor {
  readonly userId: number;
  /** The session that it is enrolled in, which goes on. */
  readonly sessionId: string | undefined;
  readonly recoveryHashes: readonly string[];
}

/**
 * To be called when an account has got a factor. With its first one everything ends that a password alone had opened: the epoch moves on,
 * refresh tokens and other sessions go.
 * @returns whether it was the first, with which come recovery codes
 */
export async function noteFactorAdded(
  tx: Kysely<InstanceSchema>,
  { userId, sessionId, recoveryHashes }: FirstFactor,
): Promise<boolean> {
  const changed = await tx
    .updateTable('users')
    .set((row) => ({ has_second_factor: 1, token_epoch: row('token_epoch', '+', 1) }))
    .where('id', '=', userId)
    .where('has_second_factor', '=', 0)
    .returning('token_epoch')
    .executeTakeFirst();
  if (changed === undefined) return false;
  await tx.deleteFrom('refresh_tokens').where('user_id', '=', userId).execute();
  await tx
    .deleteFrom('sessions')
    .where('user_id', '=', userId)
    .where('id', '<>', sessionId ?? '')
    .execute();
  await tx.updateTable('sessions').set({ token_epoch: changed.token_epoch }).where('user_id', '=', userId).execute();
  await replaceRecoveryRows(tx, userId, recoveryHashes);
  return true;
}

/** To be called when an account has lost a factor: without any, recovery codes are of no use. */
export async function noteFactorRemoved(tx: Kysely<InstanceSchema>, userId: number): Promise<void> {
  const app = await tx
    .selectFrom('totp_factors')
    .select('user_id')
    .where('user_id', '=', userId)
    .where('confirmed_at', 'is not', null)
    .executeTakeFirst();
  if (app !== undefined) return;
  const passkey = await tx.selectFrom('passkeys').select('id').where('user_id', '=', userId).executeTakeFirst();
  if (passkey === undefined) await forgetFactors(tx, userId);
}

/** The password alone signs in again. */
export async function forgetFactors(tx: Kysely<InstanceSchema>, userId: number): Promise<void> {
  await tx.updateTable('users').set({ has_second_factor: 0 }).where('id', '=', userId).execute();
  await tx.deleteFrom('recovery_codes').where('user_id', '=', userId).execute();
  await tx.deleteFrom('sign_in_challenges').where('user_id', '=', userId).execute();
}

export async function replaceRecoveryRows(
  tx: Kysely<InstanceSchema>,
  userId: number,
  hashes: readonly string[],
): Promise<void> {
  await tx.deleteFrom('recovery_codes').where('user_id', '=', userId).execute();
  const rows = hashes.map((hash) => ({ user_id: userId, code_hash: hash }));
  await tx.insertInto('recovery_codes').values(rows).execute();
}
