import type { Kysely } from 'kysely';
import type { InstanceSchema } from '../../db/instance/schema.ts';
import { LINK_LIFE_MS, type LinkPurpose } from './account-link.ts';
import type { PreparedLink } from './prepare-link.ts';

export interface NewLink {
  readonly link: PreparedLink;
  readonly purpose: LinkPurpose;
  readonly user: { readonly id: number; readonly address: string; readonly tokenEpoch: number };
  readonly now: number;
}

/** @returns when it ends, in milliseconds UTC */
export async function insertLink(tx: Kysely<InstanceSchema>, { link, purpose, user, now }: NewLink): Promise<number> {
  const expiresAt = now + LINK_LIFE_MS[purpose];
  await tx
    .insertInto('account_links')
    .values({
      id: link.id,
      user_id: user.id,
      purpose,
      token_hash: link.tokenHash,
      token: link.token,
      address: user.address,
      token_epoch: user.tokenEpoch,
      created_at: now,
      expires_at: expiresAt,
    })
    .execute();
  return expiresAt;
}
