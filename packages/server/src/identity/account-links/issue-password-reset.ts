import type { InstanceTransaction } from '../../db/instance/instance-database.ts';
import { appendJournal } from '../../journal/journal.ts';
import type { Actor } from '../../kernel/actor.ts';
import { queueLinkMail } from '../../mail-queue/queue-mail.ts';
import { insertLink } from './insert-link.ts';
import type { PreparedLink } from './prepare-link.ts';

/** To one account within an hour. */
export const MAX_RESETS_PER_HOUR = 3;
const HOUR_MS = 3_600_000;

export interface IssuePasswordResetInput {
  /** Undefined: there is no such account, and the request is only forgotten. */
  readonly userId: number | undefined;
  /** The request that is answered with it; undefined: somebody who looks after accounts wants it. */
  readonly requestId: string | undefined;
  readonly link: PreparedLink;
  readonly actor: Actor;
  readonly now: number;
}

/**
 * Writes a link by which a password is chosen anew, and the mail with it. There is none for accounts that are disabled, sign in
 * elsewhere or were invited only, nor to an address that may be somebody else's.
 * @returns whether there is one
 */
export async function issuePasswordReset(
  { tx, capabilities }: InstanceTransaction,
  { userId, requestId, link, actor, now }: IssuePasswordResetInput,
): Promise<boolean> {
  if (requestId !== undefined && !(await takeRequest({ tx }, requestId))) return false;
  if (userId === undefined) return false;
  let query = tx
    .selectFrom('users')
    .select(['username', 'email', 'language', 'token_epoch'])
    .where('id', '=', userId)
    .where('disabled_at', 'is', null)
    .where('password_hash', 'is not', null)
    .where('is_email_trusted', '=', 1);
  if (capabilities.rowLocks) query = query.forUpdate();
  const row = await query.executeTakeFirst();
  if (row?.email == null || (await isOverdone({ tx }, userId, now))) return false;
  const user = { id: userId, address: row.email, tokenEpoch: row.token_epoch };
  const expiresAt = await insertLink(tx, { link, purpose: 'password-reset', user, now });
  const { address, language } = { ...user, language: row.language };
  const notice = { kind: 'password-reset', expiresAt, from: actor.address } as const;
  if (!(await queueLinkMail(tx, { userId, address, language, notice, linkId: link.id, now }))) {
    await tx.deleteFrom('account_links').where('id', '=', link.id).execute();
    return false;
  }
  const detail = { userId, username: row.username };
  await appendJournal(tx, { at: now, actor, kind: 'user.password-reset-sent', detail });
  return true;
}

/** @returns whether it was still there: each is answered once */
async function takeRequest({ tx }: Pick<InstanceTransaction, 'tx'>, requestId: string): Promise<boolean> {
  const taken = await tx
    .deleteFrom('password_reset_requests')
    .where('id', '=', requestId)
    .returning('id')
    .executeTakeFirst();
  return taken !== undefined;
}

async function isOverdone({ tx }: Pick<InstanceTransaction, 'tx'>, userId: number, now: number): Promise<boolean> {
  const last = await tx
    .selectFrom('account_links')
    .select('id')
    .where('user_id', '=', userId)
    .where('purpose', '=', 'password-reset')
    .where('created_at', '>', now - HOUR_MS)
    .offset(MAX_RESETS_PER_HOUR - 1)
    .limit(1)
    .executeTakeFirst();
  return last !== undefined;
}
