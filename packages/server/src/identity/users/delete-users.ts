import type { InstanceTransaction } from '../../db/instance/instance-database.ts';
import type { Actor } from '../../kernel/actor.ts';
import { ProductError } from '../../kernel/errors.ts';
import { userIdOf } from '../../kernel/principal.ts';
import { deleteUser } from './delete-user.ts';

export interface DeleteUsersInput {
  readonly userIds: readonly number[];
  readonly actor: Actor;
  readonly now: number;
}

/**
 * Deletes accounts that go with something else, each as it goes alone.
 * @throws ProductError DENIED (the actor's own account is among them, or `admin`), PRECONDITION (the last administrator)
 */
export async function deleteUsers(
  context: InstanceTransaction,
  { userIds, actor, now }: DeleteUsersInput,
): Promise<void> {
  const own = userIdOf(actor.principal);
  if (own !== undefined && userIds.includes(own)) {
    throw new ProductError('DENIED', 'you cannot delete your own account: sign in by another one, and try again');
  }
  for (const userId of userIds) await deleteUser(context, { userId, actor, now });
}
