import type { InstanceTransaction } from '../../db/instance/instance-database.ts';
import { appendJournal } from '../../journal/journal.ts';
import type { Actor } from '../../kernel/actor.ts';
import { ProductError } from '../../kernel/errors.ts';
import { lockProvider } from './lock-provider.ts';

export interface AddIdentityInput {
  readonly userId: number;
  readonly providerId: string;
  readonly providerVersion: number;
  readonly issuer: string;
  readonly subject: string;
  readonly actor: Actor;
  readonly now: number;
}

/**
 * Adds who somebody is at a provider to the own account.
 * @throws ProductError CONFLICT (it leads to an account already), PRECONDITION (the provider was changed, or the account has gone)
 */
export async function addIdentity(context: InstanceTransaction, input: AddIdentityInput): Promise<void> {
  const { tx } = context;
  const { userId, providerId, issuer, subject, actor, now } = input;
  if ((await lockProvider(context, providerId)) !== input.providerVersion) {
    throw new ProductError('PRECONDITION', 'the login provider was changed meanwhile: begin again');
  }
  const user = tx.selectFrom('users').select('id').where('id', '=', userId).where('disabled_at', 'is', null);
  if ((await user.executeTakeFirst()) === undefined) throw new ProductError('PRECONDITION', 'this account has gone');
  const added = await tx
    .insertInto('external_identities')
    .values({ provider_id: providerId, issuer, subject, user_id: userId, is_origin: 0, created_at: now })
    .onConflict((conflict) => conflict.doNothing())
    .returning('id')
    .executeTakeFirst();
  if (added === undefined) {
    throw new ProductError('CONFLICT', 'whoever you are at this login provider has an account here already');
  }
  const detail = { resource: `user:${userId}`, userId, provider: providerId, issuer, subject, isOrigin: false };
  await appendJournal(tx, { at: now, actor, kind: 'external-identity.added', detail });
}

export interface RemoveIdentityInput {
  readonly id: number;
  readonly userId: number;
  readonly actor: Actor;
  readonly now: number;
}

/**
 * Takes it from the account again, and ends the sessions that were opened by that provider. The last way in stays.
 * @throws ProductError NOT_FOUND, PRECONDITION
 */
export async function removeIdentity(
  { tx }: InstanceTransaction,
  { id, userId, actor, now }: RemoveIdentityInput,
): Promise<void> {
  const removed = await tx
    .deleteFrom('external_identities')
    .where('id', '=', id)
    .where('user_id', '=', userId)
    .returning(['provider_id', 'issuer', 'subject', 'is_origin'])
    .executeTakeFirst();
  if (removed === undefined) throw new ProductError('NOT_FOUND', 'your account has no such identity');
  if (removed.is_origin === 1) {
    throw new ProductError('PRECONDITION', 'your account was made by this login provider, and stays with it');
  }
  const { provider_id: provider, issuer, subject } = removed;
  await tx.deleteFrom('sessions').where('user_id', '=', userId).where('provider_id', '=', provider).execute();
  const detail = { resource: `user:${userId}`, userId, provider, issuer, subject };
  await appendJournal(tx, { at: now, actor, kind: 'external-identity.removed', detail });
}
