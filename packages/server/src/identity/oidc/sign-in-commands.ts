import type { InstanceTransaction } from '../../db/instance/instance-database.ts';

/** `provider`: somebody is at the provider; `name`: somebody has come back from there and chooses a name. */
export type SignInStage = 'provider' | 'name';

export interface InsertSignInInput {
  /** SHA-256 */
  readonly keyHash: Buffer;
  /** SHA-256 of what only the browser has that began it. */
  readonly browserHash: Buffer;
  readonly providerId: string;
  readonly providerVersion: number;
  readonly stage: SignInStage;
  /** JSON. */
  readonly detail: string;
  readonly now: number;
  readonly expiresAt: number;
}

export interface TakeSignInInput extends Pick<InsertSignInInput, 'keyHash' | 'browserHash' | 'stage' | 'now'> {}

export interface TakenSignIn
  extends Pick<InsertSignInInput, 'providerId' | 'providerVersion' | 'detail' | 'expiresAt'> {}

/** Those begun last stay: anybody may begin one. */
const MAX_UNDER_WAY = 20_000;
const MAX_REMOVED = 1_000;

export async function insertSignIn({ tx }: InstanceTransaction, input: InsertSignInInput): Promise<void> {
  await tx
    .insertInto('sign_ins_under_way')
    .values({
      key_hash: input.keyHash,
      browser_hash: input.browserHash,
      provider_id: input.providerId,
      provider_version: input.providerVersion,
      stage: input.stage,
      detail: input.detail,
      expires_at: input.expiresAt,
    })
    .execute();
  const over = tx
    .selectFrom('sign_ins_under_way')
    .select('key_hash')
    .where('expires_at', '<=', input.now)
    .limit(MAX_REMOVED);
  await tx.deleteFrom('sign_ins_under_way').where('key_hash', 'in', over).execute();
  const surplus = tx
    .selectFrom('sign_ins_under_way')
    .select('key_hash')
    .orderBy('expires_at', 'desc')
    .limit(MAX_REMOVED)
    .offset(MAX_UNDER_WAY);
  await tx.deleteFrom('sign_ins_under_way').where('key_hash', 'in', surplus).execute();
}

/** @returns undefined when there is none, it was taken before, it is over, or another browser began it: that one keeps it then */
export async function takeSignIn(
  { tx }: InstanceTransaction,
  { keyHash, browserHash, stage, now }: TakeSignInInput,
): Promise<TakenSignIn | undefined> {
  const row = await tx
    .deleteFrom('sign_ins_under_way')
    .where('key_hash', '=', keyHash)
    .where('browser_hash', '=', browserHash)
    .where('stage', '=', stage)
    .where('expires_at', '>', now)
    .returning(['provider_id', 'provider_version', 'detail', 'expires_at'])
    .executeTakeFirst();
  if (row === undefined) return undefined;
  return {
    providerId: row.provider_id,
    providerVersion: row.provider_version,
    detail: row.detail,
    expiresAt: row.expires_at,
  };
}
