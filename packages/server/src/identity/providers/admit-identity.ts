import type { Kysely } from 'kysely';
import type { InstanceTransaction } from '../../db/instance/instance-database.ts';
import type { LoginProviderRow } from '../../db/instance/provider-rows.ts';
import type { InstanceSchema } from '../../db/instance/schema.ts';
import { appendJournal } from '../../journal/journal.ts';
import type { Actor } from '../../kernel/actor.ts';
import { ProductError } from '../../kernel/errors.ts';
import type { ExternalGroupKind } from '../groups/group.ts';
import { setExternalGroups } from '../groups/set-external-groups.ts';
import { createUser } from '../users/create-user.ts';
import { isNameTaken } from '../users/is-name-taken.ts';
import { lockProvider } from './lock-provider.ts';
import { nameExternalGroups } from './name-external-groups.ts';
import { listProviderRows } from './provider-store.ts';
import { setProvidedAdministrator } from './set-provided-administrator.ts';

/** Who somebody is, as a login provider has just proven it. */
export interface ProvenIdentity {
  readonly providerId: string;
  /** Of the provider when its settings were read: what they say counts only if they are still the same. */
  readonly providerVersion: number;
  readonly issuer: string;
  /** What the issuer will never give to somebody else: neither a name nor an address. */
  readonly subject: string;
  /** As the provider calls them, after its filter and without its prefix. They replace what the account had of that kind. Undefined: it does not say. */
  readonly groups: readonly string[] | undefined;
  /** Undefined: the provider does not say who is one. */
  readonly isAdministrator: boolean | undefined;
  readonly profile: ExternalProfile;
}

/** What a provider says of somebody, which proves nothing and leads to no account. */
export interface ExternalProfile {
  readonly realName: string;
  readonly email: string;
  /** Only then is it taken over. */
  readonly isEmailVerified: boolean;
}

export interface AdmitIdentityInput {
  readonly identity: ProvenIdentity;
  /** What a new account is called, which is good for one; undefined: nobody knows yet. */
  readonly username: string | undefined;
  readonly actor: Actor;
  readonly now: number;
}

export type Admission =
  | {
      readonly kind: 'admitted';
      readonly userId: number;
      /** Whether the account was made now. */
      readonly isNew: boolean;
      readonly haveGroupsChanged: boolean;
    }
  /** The account is there and may not sign in. */
  | { readonly kind: 'disabled'; readonly userId: number }
  /** There is no account yet; `isTaken`: the name is another account's. */
  | { readonly kind: 'name-wanted'; readonly isTaken: boolean };

/**
 * Finds or makes the account of an identity, and gives it the groups and the rights that the provider says. Only the identity
 * leads to an account; the e-mail address never does, and the name of another account is never taken over.
 * @throws ProductError NOT_FOUND (the provider is gone), PRECONDITION (it was changed since the identity was proven)
 */
export async function admitIdentity(context: InstanceTransaction, input: AdmitIdentityInput): Promise<Admission> {
  const { tx } = context;
  const { identity, username } = input;
  const providers = await lockProviders(context, identity);
  const known = await findAccount(tx, identity);
  if (known !== undefined) return admitKnown(context, input, providers, known);
  if (username === undefined) return { kind: 'name-wanted', isTaken: false };
  const userId = await onboard(context, input, username);
  if (userId !== undefined) return admitKnown(context, input, providers, { userId, isDisabled: false, isNew: true });
  // Perhaps another sign-in of the same person was faster.
  const other = await findAccount(tx, identity);
  return other === undefined ? { kind: 'name-wanted', isTaken: true } : admitKnown(context, input, providers, other);
}

interface Found {
  readonly userId: number;
  readonly isDisabled: boolean;
  readonly isNew: boolean;
}

/** All providers, the identity's own one kept from going before this ends. */
async function lockProviders(
  context: InstanceTransaction,
  { providerId, providerVersion }: ProvenIdentity,
): Promise<readonly LoginProviderRow[]> {
  const version = await lockProvider(context, providerId);
  if (version === undefined) throw new ProductError('NOT_FOUND', 'there is no such login provider any more');
  if (version !== providerVersion) {
    throw new ProductError('PRECONDITION', 'the login provider was changed meanwhile: sign in again');
  }
  return listProviderRows(context.tx);
}

async function findAccount(
  tx: Kysely<InstanceSchema>,
  { providerId, issuer, subject }: ProvenIdentity,
): Promise<Found | undefined> {
  const row = await tx
    .selectFrom('external_identities')
    .innerJoin('users', 'users.id', 'external_identities.user_id')
    .select(['users.id', 'users.disabled_at'])
    .where('provider_id', '=', providerId)
    .where('issuer', '=', issuer)
    .where('subject', '=', subject)
    .executeTakeFirst();
  return row === undefined ? undefined : { userId: row.id, isDisabled: row.disabled_at !== null, isNew: false };
}

async function admitKnown(
  context: InstanceTransaction,
  { identity, actor, now }: AdmitIdentityInput,
  providers: readonly LoginProviderRow[],
  { userId, isDisabled, isNew }: Found,
): Promise<Admission> {
  if (isDisabled) return { kind: 'disabled', userId };
  const { providerId, groups, isAdministrator } = identity;
  const own = providers.find(({ id }) => id === providerId);
  const kind = own?.kind as ExternalGroupKind;
  const sameKind = providers.filter((row) => row.kind === kind);
  const names = nameExternalGroups(groups ?? [], {
    prefix: own === undefined ? '' : prefixOf(own),
    otherPrefixes: sameKind.filter(({ id }) => id !== providerId).map(prefixOf),
  });
  const haveGroupsChanged =
    groups !== undefined && (await setExternalGroups(context, { userId, kind, names, actor, now }));
  if (isAdministrator !== undefined) {
    await setProvidedAdministrator(context, { userId, providerId, isAdministrator, actor, now });
  }
  return { kind: 'admitted', userId, isNew, haveGroupsChanged };
}

/** @returns the new account's id; undefined when the name is another's */
async function onboard(
  context: InstanceTransaction,
  { identity, actor, now }: AdmitIdentityInput,
  username: string,
): Promise<number | undefined> {
  const { tx } = context;
  const { providerId, issuer, subject, profile } = identity;
  const { realName } = profile;
  const email = profile.isEmailVerified && !(await isNameTaken(tx, profile.email)) ? profile.email : '';
  const made = { username, passwordHash: null, isAdministrator: false, profile: { email, realName, comment: '' } };
  const userId = await createUser(context, { ...made, actor, now });
  if (userId === undefined) return undefined;
  const added = await tx
    .insertInto('external_identities')
    .values({ provider_id: providerId, issuer, subject, user_id: userId, is_origin: 1, created_at: now })
    .onConflict((conflict) => conflict.doNothing())
    .returning('id')
    .executeTakeFirst();
  // Of two that were begun under different names one stays, and this one takes its account back.
  if (added === undefined) throw new ProductError('CONFLICT', 'you are signing in twice at once: try again');
  const detail = { resource: `user:${userId}`, userId, provider: providerId, issuer, subject, isOrigin: true };
  await appendJournal(tx, { at: now, actor, kind: 'external-identity.added', detail });
  return userId;
}

function prefixOf({ settings }: LoginProviderRow): string {
  const { groupPrefix } = JSON.parse(settings) as { readonly groupPrefix?: unknown };
  return typeof groupPrefix === 'string' ? groupPrefix : '';
}
