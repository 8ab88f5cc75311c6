import type { Kysely } from 'kysely';
import type { InstanceTransaction } from '../../db/instance/instance-database.ts';
import type { InstanceSchema } from '../../db/instance/schema.ts';
import { appendJournal } from '../../journal/journal.ts';
import type { Actor } from '../../kernel/actor.ts';
import { type FirstFactor, noteFactorAdded, noteFactorRemoved } from '../second-factors/enrolment-rows.ts';
import type { OpenedChallenge } from './passkey-challenges.ts';
import type { NewCredential } from './webauthn.ts';

export interface AddPasskeyInput extends FirstFactor, NewCredential {
  /** The user's, when the challenge was made: after a change since then nothing is added. */
  readonly tokenEpoch: number;
  readonly rpId: string;
  readonly name: string;
  readonly transports: readonly string[];
  readonly challenge: OpenedChallenge;
  /** How many a user may have. */
  readonly maxPerUser: number;
  readonly actor: Actor;
  readonly now: number;
}

export type AddPasskeyResult =
  | { readonly kind: 'added'; readonly id: number; readonly isFirstFactor: boolean }
  | { readonly kind: 'spent' | 'changed' | 'taken' | 'too-many' };

export async function addPasskey({ tx }: InstanceTransaction, input: AddPasskeyInput): Promise<AddPasskeyResult> {
  const { userId, actor, now } = input;
  if (!(await spendChallenge(tx, input.challenge, now))) return { kind: 'spent' };
  const user = await tx
    .selectFrom('users')
    .select((row) =>
      row
        .selectFrom('passkeys')
        .select((one) => one.fn.countAll<number>().as('held'))
        .whereRef('passkeys.user_id', '=', 'users.id')
        .as('held'),
    )
    .where('id', '=', userId)
    .where('token_epoch', '=', input.tokenEpoch)
    .where('disabled_at', 'is', null)
    .executeTakeFirst();
  if (user === undefined) return { kind: 'changed' };
  if (Number(user.held) >= input.maxPerUser) return { kind: 'too-many' };
  const added = await insertPasskey(tx, input);
  if (added === undefined) return { kind: 'taken' };
  const isFirstFactor = await noteFactorAdded(tx, input);
  const detail = { userId, factor: 'passkey', passkeyId: added.id, name: input.name };
  await appendJournal(tx, { at: now, actor, kind: 'second-factor.enrolled', detail });
  return { kind: 'added', id: added.id, isFirstFactor };
}

function insertPasskey(
  tx: Kysely<InstanceSchema>,
  input: AddPasskeyInput,
): Promise<{ readonly id: number } | undefined> {
  return tx
    .insertInto('passkeys')
    .values({
      user_id: input.userId,
      credential_id: input.credentialId,
      rp_id: input.rpId,
      public_key: input.publicKey,
      counter: input.counter,
      transports: JSON.stringify(input.transports),
      name: input.name,
      is_backup_eligible: input.isBackupEligible ? 1 : 0,
      is_backed_up: input.isBackedUp ? 1 : 0,
      created_at: input.now,
      last_used_at: null,
    })
    .onConflict((conflict) => conflict.column('credential_id').doNothing())
    .returning('id')
    .executeTakeFirst();
}

export interface UsePasskeyInput {
  readonly id: number;
  readonly userId: number;
  readonly challenge: OpenedChallenge;
  readonly counter: number;
  readonly isBackedUp: boolean;
  readonly now: number;
}

/**
 * Takes a signature that was checked, once.
 * @returns `spent`: the challenge was signed before; `behind`: the key has signed more often than this, so that there are two of it
 *   (WebAuthn § 6.1.1); `gone`: it was removed meanwhile
 */
export async function usePasskey(
  { tx }: InstanceTransaction,
  { id, userId, challenge, counter, isBackedUp, now }: UsePasskeyInput,
): Promise<'used' | 'spent' | 'behind' | 'gone'> {
  if (!(await spendChallenge(tx, challenge, now))) return 'spent';
  const used = await tx
    .updateTable('passkeys')
    .set({ counter, is_backed_up: isBackedUp ? 1 : 0, last_used_at: now })
    .where('id', '=', id)
    .where('user_id', '=', userId)
    .where((row) => row.or([row('counter', '<', counter), ...(counter === 0 ? [row('counter', '=', 0)] : [])]))
    .returning('id')
    .executeTakeFirst();
  if (used !== undefined) return 'used';
  const kept = await tx.selectFrom('passkeys').select('id').where('id', '=', id).executeTakeFirst();
  return kept === undefined ? 'gone' : 'behind';
}

export interface RenamePasskeyInput {
  readonly userId: number;
  readonly id: number;
  readonly name: string;
  readonly actor: Actor;
  readonly now: number;
}

/** @returns whether the user has it */
export async function renamePasskey(
  { tx }: InstanceTransaction,
  { userId, id, name, actor, now }: RenamePasskeyInput,
): Promise<boolean> {
  const renamed = await tx
    .updateTable('passkeys')
    .set({ name })
    .where('id', '=', id)
    .where('user_id', '=', userId)
    .returning('id')
    .executeTakeFirst();
  if (renamed === undefined) return false;
  await appendJournal(tx, { at: now, actor, kind: 'passkey.renamed', detail: { userId, passkeyId: id, name } });
  return true;
}

/** @returns whether the user had it */
export async function removePasskey(
  { tx }: InstanceTransaction,
  { userId, id, actor, now }: Omit<RenamePasskeyInput, 'name'>,
): Promise<boolean> {
  const removed = await tx
    .deleteFrom('passkeys')
    .where('id', '=', id)
    .where('user_id', '=', userId)
    .returning('name')
    .executeTakeFirst();
  if (removed === undefined) return false;
  await noteFactorRemoved(tx, userId);
  const detail = { userId, factor: 'passkey', passkeyId: id, name: removed.name };
  await appendJournal(tx, { at: now, actor, kind: 'second-factor.removed', detail });
  return true;
}

/** @returns whether it was not spent before. What is over is forgotten, so that there are no more of them than sign-ins in minutes. */
async function spendChallenge(
  tx: Kysely<InstanceSchema>,
  { hash, expiresAt }: OpenedChallenge,
  now: number,
): Promise<boolean> {
  await tx.deleteFrom('spent_passkey_challenges').where('expires_at', '<=', now).execute();
  const spent = await tx
    .insertInto('spent_passkey_challenges')
    .values({ challenge_hash: hash, expires_at: expiresAt })
    .onConflict((conflict) => conflict.column('challenge_hash').doNothing())
    .returning('expires_at')
    .executeTakeFirst();
  return spent !== undefined;
}
