import type { InstanceTransaction } from '../../db/instance/instance-database.ts';
import { appendJournal } from '../../journal/journal.ts';
import type { Actor } from '../../kernel/actor.ts';
import { ADMINISTRATOR_NAME } from '../users/administrator-name.ts';
import { lockAccount } from '../users/lock-account.ts';
import { setUserAdministrator } from '../users/set-user-administrator.ts';

export interface SetProvidedAdministratorInput {
  readonly userId: number;
  readonly providerId: string;
  /** What the provider says. */
  readonly isAdministrator: boolean;
  readonly actor: Actor;
  readonly now: number;
}

/**
 * Makes an account an administrator, or no longer one, as its login provider says. The last administrator who can sign in and the
 * account `admin` stay what they are, whatever a provider says: else a group that was emptied there would leave nobody here.
 * @throws ProductError NOT_FOUND
 */
export async function setProvidedAdministrator(
  context: InstanceTransaction,
  { userId, providerId, isAdministrator, actor, now }: SetProvidedAdministratorInput,
): Promise<void> {
  const { tx } = context;
  const query = tx.selectFrom('users').select('is_administrator').where('id', '=', userId);
  const before = (await query.executeTakeFirst())?.is_administrator === 1;
  // Who is what the provider says waits for nobody.
  if (before === isAdministrator) return;
  const account = await lockAccount(context, userId);
  const stays = account.isLastAdministrator || account.username === ADMINISTRATOR_NAME;
  if (!stays || isAdministrator) {
    await setUserAdministrator(context, { userId, isAdministrator, actor, now });
    return;
  }
  const detail = { resource: `user:${userId}`, userId, username: account.username, provider: providerId };
  await appendJournal(tx, { at: now, actor, kind: 'user.administrator-kept', detail });
}
