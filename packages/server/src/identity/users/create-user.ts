import type { InstanceTransaction } from '../../db/instance/instance-database.ts';
import { appendJournal } from '../../journal/journal.ts';
import type { Actor } from '../../kernel/actor.ts';
import { isAddressTrusted } from './is-address-trusted.ts';
import { isNameTaken } from './is-name-taken.ts';
import { NO_PROFILE, type Profile } from './profile.ts';

export interface CreateUserInput {
  readonly username: string;
  /** Null: nobody signs in with one, until it is set or for ever. */
  readonly passwordHash: string | null;
  readonly isAdministrator: boolean;
  readonly profile?: Profile;
  readonly mustChangePassword?: boolean;
  readonly actor: Actor;
  readonly now: number;
}

/**
 * @returns the new user's id; undefined when the name or the e-mail address is another account's, as its name or its address
 * and whatever its case: whoever is there already is left as it is.
 */
export async function createUser({ tx }: InstanceTransaction, input: CreateUserInput): Promise<number | undefined> {
  const { username, isAdministrator, profile = NO_PROFILE, actor, now } = input;
  const email = profile.email === '' ? null : profile.email;
  if (await isNameTaken(tx, username)) return undefined;
  if (email !== null && (await isNameTaken(tx, email))) return undefined;
  const created = await tx
    .insertInto('users')
    .values({
      username,
      password_hash: input.passwordHash,
      is_administrator: isAdministrator ? 1 : 0,
      token_epoch: 1,
      email,
      is_email_trusted: email !== null && isAddressTrusted(actor, undefined) ? 1 : 0,
      real_name: profile.realName,
      comment: profile.comment,
      must_change_password: input.mustChangePassword === true ? 1 : 0,
      created_at: now,
      updated_at: now,
    })
    .onConflict((conflict) => conflict.doNothing())
    .returning('id')
    .executeTakeFirst();
  if (created === undefined) return undefined;
  const detail = { userId: created.id, username, isAdministrator, email };
  await appendJournal(tx, { at: now, actor, kind: 'user.created', detail });
  return created.id;
}
