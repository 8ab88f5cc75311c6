import type { InstanceTransaction } from '../db/instance/instance-database.ts';

export interface CreateRefreshTokenInput {
  readonly id: string;
  readonly tokenHash: Buffer;
  readonly userId: number;
  readonly tokenEpoch: number;
  readonly clientId: string;
  readonly now: number;
  readonly expiresAt: number;
  /** How many a user may hold: the oldest go first. */
  readonly maxPerUser: number;
}

export async function createRefreshToken({ tx }: InstanceTransaction, input: CreateRefreshTokenInput): Promise<void> {
  await tx
    .insertInto('refresh_tokens')
    .values({
      id: input.id,
      token_hash: input.tokenHash,
      user_id: input.userId,
      token_epoch: input.tokenEpoch,
      client_id: input.clientId,
      created_at: input.now,
      expires_at: input.expiresAt,
    })
    .execute();
  await tx
    .deleteFrom('refresh_tokens')
    .where('user_id', '=', input.userId)
    .where('expires_at', '<=', input.now)
    .execute();
  const surplus = tx
    .selectFrom('refresh_tokens')
    .select('id')
    .where('user_id', '=', input.userId)
    .orderBy('created_at', 'desc')
    .orderBy('id')
    .limit(1)
    .offset(input.maxPerUser);
  await tx.deleteFrom('refresh_tokens').where('id', 'in', surplus).execute();
}
