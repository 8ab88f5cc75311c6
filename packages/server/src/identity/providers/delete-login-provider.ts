import type { Kysely } from 'kysely';
import type { InstanceTransaction } from '../../db/instance/instance-database.ts';
import type { InstanceSchema } from '../../db/instance/schema.ts';
import { appendJournal } from '../../journal/journal.ts';
import type { Actor } from '../../kernel/actor.ts';
import { ProductError } from '../../kernel/errors.ts';
import { deleteUsers } from '../users/delete-users.ts';
import { endSignIns } from '../users/end-sign-ins.ts';
import { noSuchProvider } from './no-such-provider.ts';
import { findProviderRow, toLoginProvider } from './provider-store.ts';

export interface DeleteLoginProviderInput {
  readonly id: string;
  /** Whether the accounts that were made by it go, too. Undefined: nobody has said. */
  readonly deletesUsers: boolean | undefined;
  readonly actor: Actor;
  readonly now: number;
}

/**
 * Deletes a provider. The accounts that were made by it go with it, or stay without a way to sign in by it; who has only added
 * it to an account keeps that. All of them are signed out, and those who stay leave the groups that they have from there.
 * @returns the users of the provider
 * @throws ProductError NOT_FOUND, PRECONDITION (accounts were made by it and nobody has said what becomes of them; or the last
 *   administrator would go), DENIED (the actor's own account would go)
 */
export async function deleteLoginProvider(
  context: InstanceTransaction,
  { id, deletesUsers, actor, now }: DeleteLoginProviderInput,
): Promise<readonly number[]> {
  const { tx, capabilities } = context;
  // A sign-in there that is ending now ends before: its account is among the others then, or is not made.
  const locked = tx.selectFrom('login_providers').select('id').where('id', '=', id);
  if (capabilities.rowLocks) await locked.forUpdate().execute();
  const row = await findProviderRow(tx, id);
  if (row === undefined) throw noSuchProvider();
  const { name, kind } = toLoginProvider(row);
  const users = await listUsersOf(tx, id);
  const made = users.filter(({ is_origin }) => is_origin === 1).map(({ user_id }) => user_id);
  if (made.length > 0 && deletesUsers === undefined) {
    throw new ProductError(
      'PRECONDITION',
      `${made.length} accounts were made by this login provider: say deleteUsers=true to delete them, or deleteUsers=false to keep them without a way to sign in by it`,
    );
  }
  const goes = deletesUsers === true ? made : [];
  await deleteUsers(context, { userIds: goes, actor, now });
  const stays = users.map(({ user_id }) => user_id).filter((userId) => !goes.includes(userId));
  for (const userId of stays) await signOut(tx, userId, kind);
  await tx.deleteFrom('login_providers').where('id', '=', id).execute();
  const detail = { resource: `login-provider:${id}`, name, kind, deletedUsers: goes.length, keptUsers: stays.length };
  await appendJournal(tx, { at: now, actor, kind: 'login-provider.deleted', detail });
  return users.map(({ user_id }) => user_id);
}

function listUsersOf(tx: Kysely<InstanceSchema>, id: string) {
  return tx
    .selectFrom('external_identities')
    .select((row) => ['user_id', row.fn.max('is_origin').as('is_origin')])
    .where('provider_id', '=', id)
    .groupBy('user_id')
    .orderBy('user_id')
    .execute();
}

async function signOut(tx: Kysely<InstanceSchema>, userId: number, kind: string): Promise<void> {
  await endSignIns(tx, userId);
  await tx
    .updateTable('users')
    .set((row) => ({ token_epoch: row('token_epoch', '+', 1) }))
    .where('id', '=', userId)
    .execute();
  const groups = tx.selectFrom('user_groups').select('id').where('kind', '=', kind);
  await tx.deleteFrom('user_group_members').where('user_id', '=', userId).where('group_id', 'in', groups).execute();
}
