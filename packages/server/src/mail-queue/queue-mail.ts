import type { Kysely } from 'kysely';
import type { InstanceSchema } from '../db/instance/schema.ts';
import { isMailAddress } from '../kernel/mail-address.ts';
import { type Notice, OPTIONAL_NOTICES } from './notice.ts';

/** Of all that wait: whoever makes the server write more of them makes it write none. */
export const MAX_WAITING_MAILS = 10_000;
/** To one user within an hour; what comes on top is not sent. */
export const MAX_MAILS_PER_USER = 20;
const HOUR_MS = 3_600_000;

export interface MailToQueue {
  readonly userId: number;
  readonly notice: Notice;
  readonly now: number;
}

/**
 * Writes a mail to a user in the transaction of what it tells of: it goes out when that is committed, or not at all. Nothing is
 * written where mail is off, and to an address that is not known to be the user's: people are free to set somebody else's.
 * @returns whether it was
 */
export async function queueMail(tx: Kysely<InstanceSchema>, { userId, notice, now }: MailToQueue): Promise<boolean> {
  if (!(await isMailOn(tx))) return false;
  const user = await tx
    .selectFrom('users')
    .select(['email', 'language', 'wants_notices', 'is_email_trusted', 'disabled_at'])
    .where('id', '=', userId)
    .executeTakeFirst();
  if (user?.email == null || !isMailAddress(user.email) || user.is_email_trusted === 0 || user.disabled_at !== null)
    return false;
  if (user.wants_notices === 0 && OPTIONAL_NOTICES.has(notice.kind)) return false;
  return insertMail(tx, { userId, address: user.email, language: user.language, notice, linkId: null, now });
}

/** Whether an administrator has set up a server that takes mail. */
export async function isMailOn(db: Kysely<InstanceSchema>): Promise<boolean> {
  const enabled = await db.selectFrom('mail_settings').select('name').where('is_enabled', '=', 1).executeTakeFirst();
  return enabled !== undefined;
}

export interface LinkMailToQueue extends MailToQueue {
  readonly address: string;
  readonly language: string | null;
  readonly linkId: string;
}

/** Writes a mail with a link of its own, to an address that the caller has judged. @returns whether it was */
export async function queueLinkMail(tx: Kysely<InstanceSchema>, mail: LinkMailToQueue): Promise<boolean> {
  if (!isMailAddress(mail.address) || !(await isMailOn(tx))) return false;
  return insertMail(tx, mail);
}

type NewMail = Omit<LinkMailToQueue, 'linkId'> & { readonly linkId: string | null };

async function insertMail(tx: Kysely<InstanceSchema>, mail: NewMail): Promise<boolean> {
  const { userId, address, language, notice, linkId, now } = mail;
  if (await isFull(tx, userId, now)) return false;
  const { kind, ...parameters } = notice;
  await tx
    .insertInto('mail_queue')
    .values({
      kind,
      user_id: userId,
      address,
      language,
      parameters: JSON.stringify(parameters),
      link_id: linkId,
      status: 'waiting',
      next_at: now,
      created_at: now,
    })
    .execute();
  return true;
}

async function isFull(tx: Kysely<InstanceSchema>, userId: number, now: number): Promise<boolean> {
  const lastOfAll = await tx
    .selectFrom('mail_queue')
    .select('id')
    .where('status', '=', 'waiting')
    .orderBy('next_at')
    .offset(MAX_WAITING_MAILS - 1)
    .limit(1)
    .executeTakeFirst();
  if (lastOfAll !== undefined) return true;
  const lastOfUser = await tx
    .selectFrom('mail_queue')
    .select('id')
    .where('user_id', '=', userId)
    .where('created_at', '>', now - HOUR_MS)
    .orderBy('created_at')
    .offset(MAX_MAILS_PER_USER - 1)
    .limit(1)
    .executeTakeFirst();
  return lastOfUser !== undefined;
}
