import type { InstanceTransaction } from '../../db/instance/instance-database.ts';
import { appendJournal } from '../../journal/journal.ts';
import type { Actor } from '../../kernel/actor.ts';
import { insertSession, type NewSession } from '../sessions/insert-session.ts';
import { endSignIns } from './end-sign-ins.ts';

export interface SetPasswordInput {
  readonly userId: number;
  readonly passwordHash: string;
  /** Whether the user has to choose another before anything else. */
  readonly mustChange: boolean;
  /** The epoch in which the old password was proven: nothing is changed in another. */
  readonly provenEpoch?: number;
  /** Goes on in the place of the one that the change was made in. */
  readonly session?: NewSession | undefined;
  /** The way back in: an account that is disabled is enabled, too. */
  readonly enables?: boolean;
  readonly actor: Actor;
  readonly now: number;
}

/**
 * Replaces a password, and with it everything that was issued under the old one: the epoch moves on, refresh tokens and
 * sessions go.
 * @returns whether it was changed: not when the user does not exist, or something else moved its epoch on meanwhile
 */
export async function setPassword({ tx }: InstanceTransaction, input: SetPasswordInput): Promise<boolean> {
  const { userId, mustChange, provenEpoch, session, enables = false, actor, now } = input;
  let query = tx
    .updateTable('users')
    .set((row) => ({
      password_hash: input.passwordHash,
      token_epoch: row('token_epoch', '+', 1),
      must_change_password: mustChange ? 1 : 0,
      ...(enables && { disabled_at: null }),
      updated_at: now,
    }))
    .where('id', '=', userId);
  if (provenEpoch !== undefined) query = query.where('token_epoch', '=', provenEpoch);
  const changed = await query.returning(['username', 'token_epoch']).executeTakeFirst();
  if (changed === undefined) return false;
  await endSignIns(tx, userId);
  if (session !== undefined) await insertSession(tx, { ...session, tokenEpoch: changed.token_epoch });
  await appendJournal(tx, {
    at: now,
    actor,
    kind: 'user.password-changed',
    detail: { userId, username: changed.username, mustChange },
  });
  return true;
}
