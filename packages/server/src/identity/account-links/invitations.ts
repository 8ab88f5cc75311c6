import type { InstanceTransaction } from '../../db/instance/instance-database.ts';
import { appendJournal } from '../../journal/journal.ts';
import type { Actor } from '../../kernel/actor.ts';
import { ProductError } from '../../kernel/errors.ts';
import { principalName } from '../../kernel/principal.ts';
import { queueLinkMail } from '../../mail-queue/queue-mail.ts';
import { type CreateUserInput, createUser } from '../users/create-user.ts';
import { noSuchUser } from '../users/no-such-user.ts';
import { insertLink } from './insert-link.ts';
import type { PreparedLink } from './prepare-link.ts';

export interface InviteUserInput extends Omit<CreateUserInput, 'passwordHash' | 'mustChangePassword'> {
  readonly link: PreparedLink;
}

/**
 * Makes an account that nobody can sign in to, and mails its owner a link to choose the password.
 * @returns the account's id; undefined when the name or the address is taken
 * @throws ProductError PRECONDITION when the mail cannot be sent: there is no account either then
 */
export async function inviteUser(context: InstanceTransaction, input: InviteUserInput): Promise<number | undefined> {
  const { link, ...user } = input;
  const { actor, now } = input;
  const userId = await createUser(context, { ...user, passwordHash: null });
  if (userId !== undefined) await writeInvitation(context, { userId, link, actor, now });
  return userId;
}

export interface SendInvitationInput {
  readonly userId: number;
  readonly link: PreparedLink;
  readonly actor: Actor;
  readonly now: number;
}

/**
 * Mails the owner of an account without a password another link; that of before is over.
 * @throws ProductError NOT_FOUND, PRECONDITION (it has a password, signs in elsewhere, is disabled, or mail cannot be sent)
 */
export async function sendInvitation(context: InstanceTransaction, input: SendInvitationInput): Promise<void> {
  const { tx } = context;
  const { userId } = input;
  const user = await tx
    .selectFrom('users')
    .select(['password_hash', 'disabled_at'])
    .where('id', '=', userId)
    .executeTakeFirst();
  if (user === undefined) throw noSuchUser();
  const elsewhere = await tx
    .selectFrom('external_identities')
    .select('id')
    .where('user_id', '=', userId)
    .executeTakeFirst();
  if (user.password_hash !== null || user.disabled_at !== null || elsewhere !== undefined) {
    const message = 'only accounts that have no password yet are invited, and none that is disabled';
    throw new ProductError('PRECONDITION', message);
  }
  await removeInvitations(context, userId);
  await writeInvitation(context, input);
}

export interface WithdrawInvitationInput {
  readonly userId: number;
  readonly actor: Actor;
  readonly now: number;
}

/** Ends the link of an invitation, which goes out no more if it waits; the account stays. @returns whether there was one */
export async function withdrawInvitation(
  context: InstanceTransaction,
  { userId, actor, now }: WithdrawInvitationInput,
): Promise<boolean> {
  if ((await removeInvitations(context, userId)) === 0) return false;
  await appendJournal(context.tx, { at: now, actor, kind: 'user.invitation-withdrawn', detail: { userId } });
  return true;
}

async function removeInvitations({ tx }: InstanceTransaction, userId: number): Promise<number> {
  const removed = await tx
    .deleteFrom('account_links')
    .where('user_id', '=', userId)
    .where('purpose', '=', 'invitation')
    .returning('id')
    .execute();
  return removed.length;
}

async function writeInvitation({ tx }: InstanceTransaction, input: SendInvitationInput): Promise<void> {
  const { userId, link, actor, now } = input;
  const row = await tx
    .selectFrom('users')
    .select(['username', 'email', 'language', 'token_epoch'])
    .where('id', '=', userId)
    .executeTakeFirstOrThrow();
  const address = row.email ?? '';
  const user = { id: userId, address, tokenEpoch: row.token_epoch };
  const expiresAt = await insertLink(tx, { link, purpose: 'invitation', user, now });
  const notice = { kind: 'invitation', expiresAt, by: principalName(actor.principal) } as const;
  const { language } = row;
  if (!(await queueLinkMail(tx, { userId, address, language, notice, linkId: link.id, now }))) {
    const message =
      'the invitation cannot be sent: the account needs an e-mail address such as carol@example.com, and too many mails may wait already';
    throw new ProductError('PRECONDITION', message);
  }
  const detail = { userId, username: row.username, email: address };
  await appendJournal(tx, { at: now, actor, kind: 'user.invited', detail });
}
