import type { InstanceTransaction } from '../../db/instance/instance-database.ts';
import type { Actor } from '../../kernel/actor.ts';
import { ProductError } from '../../kernel/errors.ts';
import { applyProviderChange, type ProviderChange } from '../providers/provider-change.ts';
import { listProviderRows } from '../providers/provider-store.ts';
import { ADMINISTRATOR_NAME } from '../users/administrator-name.ts';
import { deleteUsers } from '../users/delete-users.ts';

export interface ConfigureOpenIdConnectInput {
  readonly provider: ProviderChange;
  /** Whether the accounts go that were made here, all but `admin`. */
  readonly deletesUsers: boolean;
  readonly actor: Actor;
  readonly now: number;
}

/**
 * Makes or replaces the first OpenID Connect provider by the rules of OVH's API: where there was none nobody but `admin` may have
 * an account that was made here, unless those go. All of it happens, or nothing.
 * @returns the users who are gone
 * @throws ProductError BAD_REQUEST (there are such accounts), CONFLICT (somebody else was faster, or another provider has the
 *   name), DENIED (the actor's own account would go), PRECONDITION (the last administrator would)
 */
export async function configureOpenIdConnect(
  context: InstanceTransaction,
  { provider, deletesUsers, actor, now }: ConfigureOpenIdConnectInput,
): Promise<readonly number[]> {
  const { tx } = context;
  const local = await lockLocalUsers(context);
  if (provider.does === 'create') {
    if ((await listProviderRows(tx)).some(({ kind }) => kind === 'oidc')) {
      throw new ProductError('CONFLICT', 'somebody else has set up OpenID Connect meanwhile: read it again');
    }
    if (!deletesUsers && local.length > 0) {
      throw new ProductError('BAD_REQUEST', `${local.length} users exist, set parameter deleteUsers to delete them`);
    }
  }
  const goes = deletesUsers ? local : [];
  await deleteUsers(context, { userIds: goes, actor, now });
  await applyProviderChange(context, provider);
  return goes;
}

/** Accounts that no login provider has made, without the one that the instance began with, which is locked with them. */
async function lockLocalUsers({ tx, capabilities }: InstanceTransaction): Promise<readonly number[]> {
  // Of several who set it up at once one is first, and the others see what that did.
  const first = tx.selectFrom('users').select('id').where('username', '=', ADMINISTRATOR_NAME);
  if (capabilities.rowLocks) await first.forUpdate().execute();
  const made = tx.selectFrom('external_identities').select('user_id').where('is_origin', '=', 1);
  const query = tx
    .selectFrom('users')
    .select('id')
    .where('username', '!=', ADMINISTRATOR_NAME)
    .where('id', 'not in', made)
    .orderBy('id');
  const rows = await (capabilities.rowLocks ? query.forUpdate() : query).execute();
  return rows.map(({ id }) => id);
}
