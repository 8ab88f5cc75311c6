import type { InstanceTransaction } from '../../db/instance/instance-database.ts';
import { ProductError } from '../../kernel/errors.ts';
import { noSuchUser } from './no-such-user.ts';

/** An account as it is while its state changes. */
export interface LockedAccount {
  readonly id: number;
  readonly username: string;
  readonly isAdministrator: boolean;
  readonly isDisabled: boolean;
  /** There is no other administrator who can sign in. */
  readonly isLastAdministrator: boolean;
}

/**
 * Reads an account for a change of what it may do. Such changes happen one after another, so that two administrators who
 * demote each other never leave an instance without any.
 * @throws ProductError NOT_FOUND
 */
export async function lockAccount({ tx, capabilities }: InstanceTransaction, userId: number): Promise<LockedAccount> {
  let administrators = tx
    .selectFrom('users')
    .select('id')
    .where('is_administrator', '=', 1)
    .where('disabled_at', 'is', null)
    .orderBy('id');
  if (capabilities.rowLocks) administrators = administrators.forUpdate();
  const enabled = await administrators.execute();
  let query = tx.selectFrom('users').select(['username', 'is_administrator', 'disabled_at']).where('id', '=', userId);
  if (capabilities.rowLocks) query = query.forUpdate();
  const row = await query.executeTakeFirst();
  if (row === undefined) throw noSuchUser();
  return {
    id: userId,
    username: row.username,
    isAdministrator: row.is_administrator !== 0,
    isDisabled: row.disabled_at !== null,
    isLastAdministrator: enabled.length === 1 && enabled[0]?.id === userId,
  };
}

/** @throws ProductError PRECONDITION */
export function assertNotLastAdministrator({ isLastAdministrator }: LockedAccount): void {
  if (!isLastAdministrator) return;
  throw new ProductError(
    'PRECONDITION',
    'this is the last administrator who can sign in: make another one first, else nobody could look after the registry',
  );
}
