import type { InstanceTransaction } from '../../db/instance/instance-database.ts';
import { appendJournal } from '../../journal/journal.ts';
import type { Actor } from '../../kernel/actor.ts';
import { setExternalGroups } from '../groups/set-external-groups.ts';
import { setProvidedAdministrator } from '../providers/set-provided-administrator.ts';
import { endSignIns } from '../users/end-sign-ins.ts';

export interface KeepProviderGrantInput {
  readonly userId: number;
  readonly providerId: string;
  readonly issuer: string;
  readonly subject: string;
  /** Sealed. */
  readonly refreshToken: Uint8Array;
  /** When the provider has said what counts now. */
  readonly checkedAt: number;
}

/** The grant of the last sign-in takes the place of those before it: its groups are those that count. */
export async function keepProviderGrant({ tx }: InstanceTransaction, input: KeepProviderGrantInput): Promise<void> {
  const values = {
    provider_id: input.providerId,
    issuer: input.issuer,
    subject: input.subject,
    refresh_token: Buffer.from(input.refreshToken),
    checked_at: input.checkedAt,
  };
  await tx
    .insertInto('provider_grants')
    .values({ user_id: input.userId, ...values })
    .onConflict((conflict) => conflict.column('user_id').doUpdateSet(values))
    .execute();
}

/** Of who has signed in without one. */
export async function forgetProviderGrant(
  { tx }: InstanceTransaction,
  { userId }: { readonly userId: number },
): Promise<void> {
  await tx.deleteFrom('provider_grants').where('user_id', '=', userId).execute();
}

export interface ClaimProviderGrantInput {
  readonly userId: number;
  /** As it was read. */
  readonly checkedAt: number;
  readonly now: number;
}

/**
 * A refresh token may be shown once (RFC 9700 § 4.14.2: shown twice, it ends them all), so one of all processes asks the provider.
 * @returns whether it is this one
 */
export async function claimProviderGrant(
  { tx }: InstanceTransaction,
  { userId, checkedAt, now }: ClaimProviderGrantInput,
): Promise<boolean> {
  const claimed = await tx
    .updateTable('provider_grants')
    .set({ checked_at: now })
    .where('user_id', '=', userId)
    .where('checked_at', '=', checkedAt)
    .returning('user_id')
    .executeTakeFirst();
  return claimed !== undefined;
}

export interface EndProviderGrantInput {
  readonly userId: number;
  readonly providerId: string;
  /** Whether the provider says who is an administrator. */
  readonly saysAdministrators: boolean;
  readonly actor: Actor;
  readonly now: number;
}

/**
 * The provider takes its word back. What somebody had by it goes: groups, the rights of an administrator, sessions. The account stays, and
 * so does what its owner has made here for programs.
 */
export async function endProviderGrant(context: InstanceTransaction, input: EndProviderGrantInput): Promise<void> {
  const { tx } = context;
  const { userId, providerId, saysAdministrators, actor, now } = input;
  const ended = await tx
    .deleteFrom('provider_grants')
    .where('user_id', '=', userId)
    .where('provider_id', '=', providerId)
    .returning('user_id')
    .executeTakeFirst();
  if (ended === undefined) return;
  await setExternalGroups(context, { userId, kind: 'oidc', names: [], actor, now });
  if (saysAdministrators) {
    await setProvidedAdministrator(context, { userId, providerId, isAdministrator: false, actor, now });
  }
  await endSignIns(tx, userId);
  await tx
    .updateTable('users')
    .set((row) => ({ token_epoch: row('token_epoch', '+', 1) }))
    .where('id', '=', userId)
    .execute();
  const detail = { resource: `user:${userId}`, userId, provider: providerId };
  await appendJournal(tx, { at: now, actor, kind: 'external-identity.grant-ended', detail });
}
