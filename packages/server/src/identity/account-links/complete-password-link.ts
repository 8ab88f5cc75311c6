import type { InstanceTransaction } from '../../db/instance/instance-database.ts';
import { appendJournal } from '../../journal/journal.ts';
import type { Actor } from '../../kernel/actor.ts';
import { setPassword } from '../users/set-password.ts';

export interface CompletePasswordLinkInput {
  readonly tokenHash: Buffer;
  readonly passwordHash: string;
  readonly actor: Actor;
  readonly now: number;
}

/**
 * Sets a password by a link, which is over then, as are all others of the account. Everything that was issued to the account ends;
 * its second factors stay. Mail has arrived where the link was sent to: the address is known to be the owner's.
 * @returns the account; undefined when the link is over, or something has changed since it was sent
 */
export async function completePasswordLink(
  context: InstanceTransaction,
  { tokenHash, passwordHash, actor, now }: CompletePasswordLinkInput,
): Promise<number | undefined> {
  const { tx } = context;
  const link = await tx
    .deleteFrom('account_links')
    .where('token_hash', '=', tokenHash)
    .returning(['user_id', 'purpose', 'address', 'token_epoch', 'expires_at'])
    .executeTakeFirst();
  if (link === undefined || link.expires_at <= now) return undefined;
  const { user_id: userId, token_epoch: provenEpoch, purpose } = link;
  if (!(await setPassword(context, { userId, passwordHash, mustChange: false, provenEpoch, actor, now }))) {
    return undefined;
  }
  await tx.deleteFrom('account_links').where('user_id', '=', userId).execute();
  await tx
    .updateTable('users')
    .set({ is_email_trusted: 1 })
    .where('id', '=', userId)
    .where('email', '=', link.address)
    .execute();
  await appendJournal(tx, { at: now, actor, kind: 'user.link-used', detail: { userId, purpose } });
  return userId;
}
