import type { InstanceTransaction } from '../../db/instance/instance-database.ts';

/** Those begun last stay. */
const MAX_PER_USER = 10;
const MAX_FAILURES = 5;

export interface BeginSignInChallengeInput {
  /** SHA-256 */
  readonly tokenHash: Buffer;
  readonly userId: number;
  readonly tokenEpoch: number;
  readonly now: number;
  readonly expiresAt: number;
}

export async function beginSignInChallenge(
  { tx }: InstanceTransaction,
  { tokenHash, userId, tokenEpoch, now, expiresAt }: BeginSignInChallengeInput,
): Promise<void> {
  await tx.deleteFrom('sign_in_challenges').where('user_id', '=', userId).where('expires_at', '<=', now).execute();
  const surplus = tx
    .selectFrom('sign_in_challenges')
    .select('token_hash')
    .where('user_id', '=', userId)
    .orderBy('expires_at', 'desc')
    .orderBy('token_hash')
    .limit(1_000)
    .offset(MAX_PER_USER - 1);
  await tx.deleteFrom('sign_in_challenges').where('token_hash', 'in', surplus).execute();
  await tx
    .insertInto('sign_in_challenges')
    .values({ token_hash: tokenHash, user_id: userId, token_epoch: tokenEpoch, expires_at: expiresAt })
    .execute();
}

export interface EndSignInChallengeInput {
  readonly tokenHash: Buffer;
  readonly now: number;
}

/** @returns whether it was there: of two that show it at the same time, one signs in */
export async function endSignInChallenge(
  { tx }: InstanceTransaction,
  { tokenHash, now }: EndSignInChallengeInput,
): Promise<boolean> {
  const ended = await tx
    .deleteFrom('sign_in_challenges')
    .where('token_hash', '=', tokenHash)
    .returning('expires_at')
    .executeTakeFirst();
  return ended !== undefined && ended.expires_at > now;
}

/** Notes a wrong code. After so many the password is asked for again. */
export async function failSignInChallenge(
  { tx }: InstanceTransaction,
  { tokenHash }: { readonly tokenHash: Buffer },
): Promise<void> {
  await tx
    .updateTable('sign_in_challenges')
    .set((row) => ({ failures: row('failures', '+', 1) }))
    .where('token_hash', '=', tokenHash)
    .execute();
  await tx
    .deleteFrom('sign_in_challenges')
    .where('token_hash', '=', tokenHash)
    .where('failures', '>=', MAX_FAILURES)
    .execute();
}
