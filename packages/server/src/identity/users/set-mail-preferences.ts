import type { InstanceDatabase, InstanceTransaction } from '../../db/instance/instance-database.ts';
import { appendJournal } from '../../journal/journal.ts';
import type { Actor } from '../../kernel/actor.ts';

/** What somebody has chosen about the mails of the registry. */
export interface MailPreferences {
  /** `en` or `fr`; null: that of the registry. */
  readonly language: string | null;
  /** False: only what the safety of the account is about. */
  readonly notices: boolean;
}

/** Undefined: there is no such user. */
export async function findMailPreferences(
  { reader }: Pick<InstanceDatabase, 'reader'>,
  userId: number,
): Promise<MailPreferences | undefined> {
  const row = await reader
    .selectFrom('users')
    .select(['language', 'wants_notices'])
    .where('id', '=', userId)
    .executeTakeFirst();
  return row === undefined ? undefined : { language: row.language, notices: row.wants_notices !== 0 };
}

export interface SetMailPreferencesInput extends MailPreferences {
  readonly userId: number;
  readonly actor: Actor;
  readonly now: number;
}

/** @returns whether the user exists */
export async function setMailPreferences(
  { tx }: InstanceTransaction,
  { userId, language, notices, actor, now }: SetMailPreferencesInput,
): Promise<boolean> {
  const changed = await tx
    .updateTable('users')
    .set({ language, wants_notices: notices ? 1 : 0 })
    .where('id', '=', userId)
    .returning('username')
    .executeTakeFirst();
  if (changed === undefined) return false;
  const detail = { userId, username: changed.username, language, notices };
  await appendJournal(tx, { at: now, actor, kind: 'user.mail-preferences-set', detail });
  return true;
}
