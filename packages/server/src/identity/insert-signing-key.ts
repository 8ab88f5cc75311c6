import type { Kysely } from 'kysely';
import type { InstanceSchema } from '../db/instance/schema.ts';

export interface NewSigningKey {
  readonly id: string;
  /** JSON */
  readonly publicJwk: string;
  /** Sealed. */
  readonly privateJwk: Buffer;
  readonly now: number;
}

export async function insertSigningKey(tx: Kysely<InstanceSchema>, key: NewSigningKey): Promise<void> {
  await tx
    .insertInto('signing_keys')
    .values({
      id: key.id,
      public_jwk: key.publicJwk,
      private_jwk: key.privateJwk,
      created_at: key.now,
      retired_at: null,
      expires_at: null,
    })
    .execute();
}
