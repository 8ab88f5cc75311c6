import type { Kysely } from 'kysely';
import type { InstanceSchema } from '../../db/instance/schema.ts';

/** A session that is about to be. */
export interface NewSession {
  readonly id: string;
  /** SHA-256 */
  readonly tokenHash: Buffer;
  readonly userId: number;
  readonly address: string;
  readonly userAgent: string;
  readonly now: number;
  /** However much it is used. */
  readonly expiresAt: number;
  /** By which login provider it is opened; undefined: by a password here. */
  readonly providerId?: string | undefined;
}

export async function insertSession(
  tx: Kysely<InstanceSchema>,
  session: NewSession & { readonly tokenEpoch: number },
): Promise<void> {
  await tx
    .insertInto('sessions')
    .values({
      id: session.id,
      token_hash: session.tokenHash,
      user_id: session.userId,
      token_epoch: session.tokenEpoch,
      address: session.address,
      user_agent: session.userAgent,
      created_at: session.now,
      last_used_at: session.now,
      expires_at: session.expiresAt,
      provider_id: session.providerId ?? null,
    })
    .execute();
}
